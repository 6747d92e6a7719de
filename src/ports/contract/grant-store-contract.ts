import assert from "node:assert/strict";
import { suite, type TestContext, test } from "node:test";
import { plusMs } from "../../core/instant.ts";
import { type IpAddress, parseIp } from "../../core/ip-address.ts";
import { GRANT_CARRY_OVER_MS, type GrantStore } from "../grant-store.ts";
import { NOON } from "./sample-message.ts";

/** What every store of POP grants must do. `make` opens an empty one for one test. */
export function grantStoreContract(name: string, make: (t: TestContext) => Promise<GrantStore>): void {
  suite(`${name} as a grant store`, () => {
    test("a login is remembered with its account and time, of whatever age", async (t) => {
      const grants = await make(t);
      assert.equal(await grants.find(ip("192.0.2.7"), 128), undefined);
      await grants.allow(ip("192.0.2.7"), "Alice@Example.test", NOON);
      const expected = { loggedInAt: NOON, accounts: ["alice@example.test"] };
      assert.deepEqual(await grants.find(ip("192.0.2.7"), 128), expected);
      assert.equal(await grants.find(ip("192.0.2.8"), 128), undefined);
    });

    test("a further login renews the time and adds its account, also one at the same moment", async (t) => {
      const grants = await make(t);
      await grants.allow(ip("2001:db8::7"), "alice@example.test", NOON);
      const later = plusMs(NOON, GRANT_CARRY_OVER_MS);
      await Promise.all(
        ["bob", "carol", "alice"].map((user) =>
          grants.allow(ip("2001:db8::7"), `${user}@example.test`, later),
        ),
      );
      assert.deepEqual(await grants.find(ip("2001:db8::7"), 128), {
        loggedInAt: later,
        accounts: ["alice@example.test", "bob@example.test", "carol@example.test"],
      });
    });

    test("accounts of a login longer ago than any period are not carried over", async (t) => {
      const grants = await make(t);
      await grants.allow(ip("192.0.2.7"), "alice@example.test", NOON);
      const later = plusMs(NOON, GRANT_CARRY_OVER_MS + 1);
      await grants.allow(ip("192.0.2.7"), "bob@example.test", later);
      assert.deepEqual((await grants.find(ip("192.0.2.7"), 128))?.accounts, ["bob@example.test"]);
    });

    test("a grant by hand has no account, and leaves those that are there", async (t) => {
      const grants = await make(t);
      await grants.allow(ip("192.0.2.7"), undefined, NOON);
      assert.deepEqual(await grants.find(ip("192.0.2.7"), 128), { loggedInAt: NOON, accounts: [] });
      await grants.allow(ip("192.0.2.7"), "alice@example.test", NOON);
      await grants.allow(ip("192.0.2.7"), undefined, NOON);
      assert.deepEqual((await grants.find(ip("192.0.2.7"), 128))?.accounts, ["alice@example.test"]);
    });

    test("with prefix 64 the youngest grant of the network counts, but IPv4 stays one address", async (t) => {
      const grants = await make(t);
      await grants.allow(ip("2001:db8::1"), "old@example.test", NOON);
      await grants.allow(ip("2001:db8::2"), "young@example.test", plusMs(NOON, 1));
      await grants.allow(ip("2001:db8:0:1::3"), "other@example.test", plusMs(NOON, 2));
      await grants.allow(ip("192.0.2.7"), "alice@example.test", NOON);
      assert.deepEqual((await grants.find(ip("2001:db8::ffff"), 64))?.accounts, ["young@example.test"]);
      assert.equal(await grants.find(ip("2001:db8::ffff"), 128), undefined);
      assert.equal(await grants.find(ip("2001:db8:1::1"), 64), undefined);
      assert.equal(await grants.find(ip("192.0.2.8"), 64), undefined);
      assert.ok(await grants.find(ip("192.0.2.7"), 64));
    });

    test("all grants are listed, and a revoked one is gone", async (t) => {
      const grants = await make(t);
      assert.deepEqual(await grants.list(), { grants: [], junk: [] });
      await grants.allow(ip("2001:db8::7"), undefined, NOON);
      await grants.allow(ip("192.0.2.7"), "alice@example.test", NOON);
      const listed = (await grants.list()).grants;
      assert.deepEqual(
        listed.map(({ client }) => client),
        ["192.0.2.7", "2001:db8::7"],
      );
      assert.deepEqual(listed[0]?.grant, { loggedInAt: NOON, accounts: ["alice@example.test"] });
      assert.equal(await grants.revoke(ip("192.0.2.7")), true);
      assert.equal(await grants.revoke(ip("192.0.2.7")), false);
      assert.equal(await grants.find(ip("192.0.2.7"), 128), undefined);
    });
  });
}

function ip(text: string): IpAddress {
  const address = parseIp(text);
  assert.ok(address, text);
  return address;
}
