import assert from "node:assert/strict";
import { suite, type TestContext, test } from "node:test";
import { plusMs } from "../../core/instant.ts";
import { type AppPassword, type AppPasswordStore, MAX_APP_PASSWORDS } from "../app-password-store.ts";
import { NOON } from "./sample-message.ts";

const ALICE = "alice@example.test";
const SCANNER: AppPassword = {
  account: ALICE,
  name: "scanner",
  scopes: ["smtp"],
  ranges: ["192.0.2.0/28", "2001:db8::1-2001:db8::9"],
  createdAt: NOON,
  expiresAt: plusMs(NOON, 86_400_000),
};
const PHONE: AppPassword = {
  account: ALICE,
  name: "my phone",
  scopes: ["smtp", "pop"],
  ranges: [],
  createdAt: NOON,
};

/** What every store of app passwords must do. `make` opens an empty one for one test. */
export function appPasswordStoreContract(
  name: string,
  make: (t: TestContext) => Promise<AppPasswordStore>,
): void {
  suite(`${name} as an app password store`, () => {
    test("app passwords come back whole, sorted by name, and are found by account and hash", async (t) => {
      const store = await make(t);
      assert.equal((await store.add(SCANNER, "hash 1")).ok, true);
      assert.equal((await store.add(PHONE, "hash 2")).ok, true);
      assert.deepEqual(await store.list(ALICE), [PHONE, SCANNER]);
      assert.deepEqual(await store.list("bob@example.test"), []);
      assert.deepEqual(await store.find(ALICE, "hash 1"), SCANNER);
      assert.deepEqual(await store.find(ALICE, "hash 2"), PHONE);
      assert.equal(await store.find(ALICE, "hash 3"), undefined);
      assert.equal(await store.find("bob@example.test", "hash 1"), undefined);
    });

    test("a second one of the same name in a mailbox is refused, in another mailbox not", async (t) => {
      const store = await make(t);
      await store.add(SCANNER, "hash 1");
      assert.deepEqual(await store.add({ ...PHONE, name: "scanner" }, "hash 2"), {
        ok: false,
        error: `${ALICE} has an app password scanner already`,
      });
      assert.equal((await store.add({ ...SCANNER, account: "bob@example.test" }, "hash 1")).ok, true);
      assert.deepEqual(await store.find(ALICE, "hash 1"), SCANNER);
    });

    test("a mailbox has so many and no more", async (t) => {
      const store = await make(t);
      for (let i = 0; i < MAX_APP_PASSWORDS; i += 1)
        assert.equal((await store.add({ ...PHONE, name: `${i}` }, `hash ${i}`)).ok, true);
      const more = await store.add({ ...PHONE, name: "more" }, "hash");
      assert.ok(!more.ok && /remove one first/.test(more.error));
    });

    test("one that is removed is not found any more, and one that is not there is said so", async (t) => {
      const store = await make(t);
      await store.add(SCANNER, "hash 1");
      await store.add(PHONE, "hash 2");
      assert.equal((await store.remove(ALICE, "scanner")).ok, true);
      assert.equal(await store.find(ALICE, "hash 1"), undefined);
      assert.deepEqual(await store.list(ALICE), [PHONE]);
      assert.deepEqual(await store.remove(ALICE, "scanner"), {
        ok: false,
        error: `${ALICE} has no app password scanner`,
      });
    });

    test("the day of the last use is kept, of one that is there", async (t) => {
      const store = await make(t);
      await store.add(PHONE, "hash 2");
      await store.noteUse(ALICE, "my phone", 20_000);
      await store.noteUse(ALICE, "gone", 20_000);
      assert.deepEqual(await store.list(ALICE), [{ ...PHONE, lastUsedDay: 20_000 }]);
    });

    test("the main password is taken everywhere until it is set otherwise", async (t) => {
      const store = await make(t);
      assert.equal(await store.mainPasswordUse(ALICE), "everywhere");
      await store.setMainPasswordUse(ALICE, "console-only");
      await store.setMainPasswordUse(ALICE, "console-only");
      assert.equal(await store.mainPasswordUse(ALICE), "console-only");
      assert.equal(await store.mainPasswordUse("bob@example.test"), "everywhere");
      await store.setMainPasswordUse(ALICE, "everywhere");
      assert.equal(await store.mainPasswordUse(ALICE), "everywhere");
    });

    test("forgetting a mailbox leaves nothing of it, and others alone", async (t) => {
      const store = await make(t);
      const bobs = { ...PHONE, account: "bob@example.test" };
      await store.add(PHONE, "hash 1");
      await store.add(bobs, "hash 2");
      await store.setMainPasswordUse(ALICE, "console-only");
      await store.forget(ALICE);
      assert.deepEqual(await store.list(ALICE), []);
      assert.equal(await store.mainPasswordUse(ALICE), "everywhere");
      assert.deepEqual(await store.list("bob@example.test"), [bobs]);
    });
  });
}
