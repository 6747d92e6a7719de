import assert from "node:assert/strict";
import { suite, type TestContext, test } from "node:test";
import type { DirectoryAdmin } from "../directory.ts";
import { accepted, address, CREDENTIALS, domain, fillDirectory, refusal } from "./sample-directory.ts";

type Make = (t: TestContext) => Promise<DirectoryAdmin>;

/** What every directory must let an administrator do, and refuse. `make` opens an empty one for one test. */
export function directoryAdminContract(name: string, make: Make): void {
  suite(`${name} as a directory for administrators`, () => {
    const filled: Make = async (t) => {
      const directory = await make(t);
      await fillDirectory(directory);
      return directory;
    };
    domainContract(filled);
    mailboxContract(filled);
    nameContract(filled);
    administratorContract(filled);
  });
}

function domainContract(make: Make): void {
  test("post offices and domains are listed with what they hold", async (t) => {
    const directory = await make(t);
    accepted(await directory.addAddress(address("info@example.test"), address("bob@example.test")));
    accepted(await directory.setCatchAll(domain("example.net"), address("Away@example.org")));
    assert.deepEqual(await directory.listPostoffices(), [
      { name: "acme", domains: 2, mailboxes: 3 },
      { name: "other", domains: 1, mailboxes: 0 },
    ]);
    assert.deepEqual(await directory.listDomains(), [
      { domain: "example.net", postoffice: "acme", mailboxes: 0, addresses: 0, catchAll: "Away@example.org" },
      { domain: "example.test", postoffice: "acme", mailboxes: 3, addresses: 1 },
      { domain: "other.test", postoffice: "other", mailboxes: 0, addresses: 0 },
    ]);
  });

  test("a post office with domains and a domain with names stay; empty ones go", async (t) => {
    const directory = await make(t);
    assert.match(refusal(await directory.removePostoffice("other")), /still has 1 domain; remove/);
    assert.match(
      refusal(await directory.removeDomain(domain("example.test"))),
      /still has 3 mailboxes and 0/,
    );
    accepted(await directory.removeDomain(domain("other.test")));
    accepted(await directory.removePostoffice("other"));
    assert.equal(await directory.isHosted(domain("other.test")), false);
    assert.match(refusal(await directory.removePostoffice("other")), /no post office "other"/);
    assert.match(refusal(await directory.removeDomain(domain("other.test"))), /not hosted here/);
  });

  test("names that are taken, unknown or no folder's name are refused", async (t) => {
    const directory = await make(t);
    assert.match(refusal(await directory.addPostoffice("acme")), /already a post office/);
    for (const name of ["", "..", "A", "a/b", "a.", "x".repeat(64)]) {
      assert.match(refusal(await directory.addPostoffice(name)), /cannot name a post office/, name);
    }
    assert.match(
      refusal(await directory.addDomain(domain("new.test"), "nowhere")),
      /no post office "nowhere"/,
    );
    assert.match(
      refusal(await directory.addDomain(domain("other.test"), "acme")),
      /already hosted, in post office "other"/,
    );
  });

  test("a catch-all leads to what exists here or to somewhere else, and can be taken away", async (t) => {
    const directory = await make(t);
    const example = domain("example.test");
    assert.match(refusal(await directory.setCatchAll(example, address("dave@example.test"))), /no mailbox/);
    assert.match(refusal(await directory.setCatchAll(domain("new.test"), undefined)), /not hosted/);
    accepted(await directory.setCatchAll(example, address("alice@example.test")));
    assert.match(refusal(await directory.removeMailbox("alice@example.test")), /catch-all of example\.test/);
    accepted(await directory.setCatchAll(example, undefined));
    assert.deepEqual(await directory.resolve(address("dave@example.test")), { kind: "no-such-recipient" });
  });
}

function mailboxContract(make: Make): void {
  test("mailboxes are listed with their state", async (t) => {
    const directory = await make(t);
    accepted(await directory.addMailbox(address("Dave@other.test"), CREDENTIALS));
    accepted(await directory.setSuspended("Bob@example.test", true));
    assert.deepEqual(await directory.listMailboxes(), [
      { mailbox: "alice@example.test", postoffice: "acme", suspended: false, hasPassword: false },
      { mailbox: "bob@example.test", postoffice: "acme", suspended: true, hasPassword: false },
      { mailbox: "carol@example.test", postoffice: "acme", suspended: false, hasPassword: false },
      { mailbox: "dave@other.test", postoffice: "other", suspended: false, hasPassword: true },
    ]);
    accepted(await directory.setSuspended("bob@example.test", false));
    assert.equal((await directory.account("bob@example.test"))?.suspended, false);
  });

  test("a mailbox that could not be is refused", async (t) => {
    const directory = await make(t);
    const refused = async (local: string, host = "example.test") =>
      refusal(await directory.addMailbox({ local, domain: domain(host) }, undefined));
    assert.match(await refused("ALICE"), /already a mailbox alice@example\.test/);
    assert.match(await refused("dave", "new.test"), /not hosted here; add the domain/);
    assert.match(await refused("a b"), /needs quoting/);
    assert.match(await refused("user%example.org"), /stand for routing/);
    assert.match(await refused("/etc/passwd"), /cannot name a mailbox/);
  });

  test("a mailbox that something leads to stays; one that is not there is said so", async (t) => {
    const directory = await make(t);
    accepted(await directory.addAddress(address("info@example.test"), address("bob@example.test")));
    assert.match(
      refusal(await directory.removeMailbox("bob@example.test")),
      /info@example\.test leads to bob@example\.test/,
    );
    accepted(await directory.removeAddress(address("info@example.test")));
    accepted(await directory.removeMailbox("BOB@example.test"));
    assert.equal(await directory.account("bob@example.test"), undefined);
    assert.match(refusal(await directory.removeMailbox("bob@example.test")), /no mailbox bob/);
    assert.match(refusal(await directory.setSuspended("bob@example.test", true)), /no mailbox bob/);
    assert.match(refusal(await directory.setCredentials("bob@example.test", CREDENTIALS)), /no mailbox bob/);
  });
}

function nameContract(make: Make): void {
  test("addresses are listed with their place, groups with their members", async (t) => {
    const directory = await make(t);
    accepted(await directory.addAddress(address("Info@example.test"), address("Bob.X@example.org")));
    accepted(await directory.addGroup(address("all@example.test"), [address("carol@example.test")]));
    accepted(await directory.addGroup(address("empty@example.test"), []));
    accepted(await directory.addMember(address("all@example.test"), address("alice@example.test")));
    assert.deepEqual(await directory.listAddresses(), [
      { address: "info@example.test", to: "Bob.X@example.org" },
    ]);
    assert.deepEqual(await directory.listGroups(), [
      { group: "all@example.test", members: ["carol@example.test", "alice@example.test"] },
      { group: "empty@example.test", members: [] },
    ]);
    accepted(await directory.removeMember(address("all@example.test"), address("Carol@example.test")));
    accepted(await directory.removeGroup(address("empty@example.test")));
    assert.deepEqual(await directory.listGroups(), [
      { group: "all@example.test", members: ["alice@example.test"] },
    ]);
  });

  test("one name stands for one thing", async (t) => {
    const directory = await make(t);
    const bob = address("bob@example.test");
    accepted(await directory.addAddress(address("info@example.test"), bob));
    accepted(await directory.addGroup(address("all@example.test"), [bob]));
    assert.match(
      refusal(await directory.addAddress(address("alice@example.test"), bob)),
      /already a mailbox/,
    );
    assert.match(refusal(await directory.addAddress(address("ALL@example.test"), bob)), /already a group/);
    assert.match(refusal(await directory.addGroup(address("info@example.test"), [])), /already an address/);
    assert.match(refusal(await directory.addMailbox(address("info@example.test"), undefined)), /already an/);
    assert.match(refusal(await directory.removeGroup(address("info@example.test"))), /no group/);
    assert.match(refusal(await directory.removeAddress(address("all@example.test"))), /no address/);
  });

  test("what a name leads to must exist where it is hosted here", async (t) => {
    const directory = await make(t);
    const nobody = address("nobody@example.test");
    const info = address("info@example.test");
    assert.match(refusal(await directory.addAddress(info, nobody)), /no mailbox, address or group nobody/);
    assert.match(refusal(await directory.addAddress(info, info)), /no mailbox, address or group info/);
    assert.match(refusal(await directory.addAddress(address("a@example.org"), nobody)), /not hosted here/);
    assert.match(refusal(await directory.addGroup(info, [address("bob@example.test"), nobody])), /nobody/);
    assert.deepEqual(await directory.listGroups(), []);
  });

  test("members come and go once each, and a group that something leads to stays", async (t) => {
    const directory = await make(t);
    const [all, bob] = [address("all@example.test"), address("bob@example.test")];
    accepted(await directory.addGroup(all, [bob, address("BOB@example.test")]));
    assert.match(refusal(await directory.addMember(all, bob)), /already a member/);
    assert.match(refusal(await directory.addMember(all, all)), /its own member/);
    assert.match(refusal(await directory.addMember(all, address("x@example.test"))), /no mailbox/);
    assert.match(refusal(await directory.addMember(bob, all)), /no group bob/);
    assert.match(refusal(await directory.removeMember(all, address("alice@example.test"))), /not a member/);
    accepted(await directory.removeMember(all, bob));
    assert.match(refusal(await directory.removeMember(all, bob)), /not a member/);
    accepted(await directory.addAddress(address("info@example.test"), all));
    assert.match(refusal(await directory.removeGroup(all)), /info@example\.test leads to/);
  });
}

function administratorContract(make: Make): void {
  test("administrators are added, listed and removed, but for the last one", async (t) => {
    const directory = await make(t);
    accepted(await directory.addAdministrator("zoe", CREDENTIALS.argon2id));
    assert.match(refusal(await directory.addAdministrator("zoe", "x")), /already an administrator/);
    assert.match(refusal(await directory.addAdministrator("a b", "x")), /cannot name an administrator/);
    assert.match(refusal(await directory.removeAdministrator("zoe")), /the last administrator/);
    accepted(await directory.addAdministrator("admin@example.test", CREDENTIALS.argon2id));
    accepted(await directory.setAdministratorPassword("zoe", "other"));
    assert.deepEqual(await directory.listAdministrators(), [{ name: "admin@example.test" }, { name: "zoe" }]);
    accepted(await directory.removeAdministrator("zoe"));
    assert.deepEqual(await directory.listAdministrators(), [{ name: "admin@example.test" }]);
    assert.match(refusal(await directory.removeAdministrator("zoe")), /no administrator "zoe"/);
    assert.match(refusal(await directory.setAdministratorPassword("zoe", "x")), /no administrator "zoe"/);
  });
}
