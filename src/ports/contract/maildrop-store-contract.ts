import assert from "node:assert/strict";
import { suite, type TestContext, test } from "node:test";
import type { Maildrop, MaildropStore } from "../maildrop-store.ts";

/** A store that is tested, and a way to deliver into it as another part of the server does. */
export interface MaildropsUnderTest {
  readonly store: MaildropStore;
  deliver(mailbox: string, name: string, content: string): Promise<void>;
  /** Takes a message away as another program would. */
  takeAway(mailbox: string, name: string): Promise<void>;
}

const ALICE = { mailbox: "alice@example.test", postoffice: "acme" };
const BOB = { mailbox: "bob@example.test", postoffice: "acme" };

/** What every store of maildrops must do. `make` gives an empty one for one test. */
export function maildropStoreContract(
  name: string,
  make: (t: TestContext) => Promise<MaildropsUnderTest>,
): void {
  suite(`${name} as a maildrop store`, () => {
    test("a mailbox that nothing was delivered to is empty", async (t) => {
      const { store } = await make(t);
      const maildrop = await opened(store);
      assert.deepEqual(maildrop.messages, []);
    });

    test("messages have the size that they are sent with, and come as they were delivered", async (t) => {
      const { store, deliver } = await make(t);
      await deliver(ALICE.mailbox, "1.a", "Subject: 1\r\n\r\nx\r\n");
      await deliver(ALICE.mailbox, "2.b", "Subject: 2\n\nx");
      await deliver(BOB.mailbox, "3.c", "not hers\r\n");
      const maildrop = await opened(store);
      assert.deepEqual(
        maildrop.messages.map(({ octets }) => octets),
        [17, 17],
      );
      assert.equal(await textOf(maildrop, 0), "Subject: 1\r\n\r\nx\r\n");
      assert.equal(await textOf(maildrop, 1), "Subject: 2\n\nx");
    });

    test("a message keeps its unique id from session to session, whatever comes and goes", async (t) => {
      const { store, deliver } = await make(t);
      for (const each of ["1.a", "2.b"]) await deliver(ALICE.mailbox, each, "x\r\n");
      const first = await opened(store);
      const ids = first.messages.map(({ uid }) => uid);
      assert.equal(new Set(ids).size, 2);
      for (const uid of ids) assert.match(uid, /^[!-~]{1,70}$/);
      await first.remove([0]);
      await first.close();
      await deliver(ALICE.mailbox, "3.c", "x\r\n");
      const second = await opened(store);
      assert.deepEqual(second.messages.map(({ uid }) => uid).slice(0, 1), ids.slice(1));
      assert.ok(!ids.includes(second.messages[1]?.uid ?? ""));
    });

    test("one session at a time has a mailbox, and others are not held up", async (t) => {
      const { store } = await make(t);
      const both = await Promise.all([store.open(ALICE), store.open(ALICE)]);
      assert.equal(both.filter((each) => each === "in-use").length, 1);
      assert.notEqual(await store.open(BOB), "in-use");
      for (const each of both) if (each !== "in-use") await each.close();
      await (await opened(store)).close();
    });

    test("what is delivered while a session has it open does not show in that session", async (t) => {
      const { store, deliver } = await make(t);
      await deliver(ALICE.mailbox, "1.a", "x\r\n");
      const maildrop = await opened(store);
      await deliver(ALICE.mailbox, "2.b", "y\r\n");
      assert.equal(maildrop.messages.length, 1);
      await maildrop.close();
      assert.equal((await opened(store)).messages.length, 2);
    });

    test("only the messages that are named are deleted", async (t) => {
      const { store, deliver } = await make(t);
      for (const each of ["1.a", "2.b", "3.c"]) await deliver(ALICE.mailbox, each, `${each}\r\n`);
      const maildrop = await opened(store);
      assert.equal(await maildrop.remove([0, 2]), 0);
      await maildrop.close();
      const left = await opened(store);
      assert.equal(left.messages.length, 1);
      assert.equal(await textOf(left, 0), "2.b\r\n");
    });

    test("a message that another program has taken away cannot be read, and deleting it is no failure", async (t) => {
      const { store, deliver, takeAway } = await make(t);
      await deliver(ALICE.mailbox, "1.a", "x\r\n");
      const maildrop = await opened(store);
      await takeAway(ALICE.mailbox, "1.a");
      assert.equal(await maildrop.read(0), undefined);
      assert.equal(await maildrop.remove([0]), 0);
    });

    test("a message that is not read to its end can be left", async (t) => {
      const { store, deliver } = await make(t);
      await deliver(ALICE.mailbox, "1.a", "x\r\n".repeat(100_000));
      const maildrop = await opened(store);
      const content = await maildrop.read(0);
      assert.ok(content);
      for await (const piece of content) {
        assert.ok(piece.length > 0);
        break;
      }
      assert.equal((await textOf(maildrop, 0)).length, 300_000);
    });
  });
}

async function opened(store: MaildropStore): Promise<Maildrop> {
  const maildrop = await store.open(ALICE);
  assert.ok(maildrop !== "in-use");
  return maildrop;
}

async function textOf(maildrop: Maildrop, position: number): Promise<string> {
  const content = await maildrop.read(position);
  assert.ok(content);
  let text = "";
  for await (const piece of content) text += piece.toString("latin1");
  return text;
}
