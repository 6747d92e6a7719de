import assert from "node:assert/strict";
import { suite, type TestContext, test } from "node:test";
import type { EmailAddress } from "../../core/email-address.ts";
import type { Resolution } from "../../relay/facts.ts";
import type { Directory, DirectoryAdmin } from "../directory.ts";
import { StoreUnavailable } from "../queue-store.ts";
import { accepted, address, CREDENTIALS, domain, fillDirectory } from "./sample-directory.ts";

type Make = (t: TestContext) => Promise<DirectoryAdmin>;

/** What every directory must answer to a transaction. `make` opens an empty one for one test. */
export function directoryContract(name: string, make: Make): void {
  suite(`${name} as a directory`, () => {
    const filled: Make = async (t) => {
      const directory = await make(t);
      await fillDirectory(directory);
      return directory;
    };
    resolveContract(filled);
    followContract(filled);
    postmasterContract(make);
    accountContract(filled);
  });
}

function resolveContract(make: Make): void {
  test("a domain is hosted or remote, and an address of a remote one leads elsewhere", async (t) => {
    const directory = await make(t);
    assert.equal(await directory.isHosted(domain("example.test")), true);
    assert.equal(await directory.isHosted(domain("sub.example.test")), false);
    assert.deepEqual(await directory.resolve(address("alice@example.org")), { kind: "remote" });
    assert.deepEqual(await directory.resolve({ local: "alice", domain: "[192.0.2.1]" }), { kind: "remote" });
  });

  test("a mailbox is found without case and with a tag, and nobody else is", async (t) => {
    const directory = await make(t);
    for (const text of ["alice@example.test", "ALICE@example.test", "Alice+news+x@example.test"]) {
      assert.deepEqual(await directory.resolve(address(text)), mailbox("alice@example.test"), text);
    }
    for (const text of ["dave@example.test", "alice@example.net", "+alice@example.test"]) {
      assert.deepEqual(await directory.resolve(address(text)), { kind: "no-such-recipient" }, text);
    }
  });

  test("a name with a tag that exists is itself", async (t) => {
    const directory = await make(t);
    accepted(await directory.addMailbox(address("alice+news@example.test"), undefined));
    assert.deepEqual(
      await directory.resolve(address("alice+news@example.test")),
      mailbox("alice+news@example.test"),
    );
  });

  test("mailbox, address and group come before the catch-all", async (t) => {
    const directory = await make(t);
    accepted(await directory.addAddress(address("info@example.test"), address("bob@example.test")));
    accepted(await directory.addGroup(address("all@example.test"), [address("carol@example.test")]));
    accepted(await directory.setCatchAll(domain("example.test"), address("alice@example.test")));
    assert.equal(await leads(directory, "bob@example.test"), "mailbox: bob@example.test");
    assert.equal(await leads(directory, "info@example.test"), "address: bob@example.test");
    assert.equal(await leads(directory, "all+x@example.test"), "group: carol@example.test");
    assert.equal(await leads(directory, "whoever@example.test"), "catch-all: alice@example.test");
  });

  test("an address exists with its tag, but not for the catch-all's sake", async (t) => {
    const directory = await make(t);
    accepted(await directory.setCatchAll(domain("example.test"), address("alice@example.test")));
    const answers = await Promise.all(
      ["bob@example.test", "bob+x@example.test", "whoever@example.test", "bob@example.org"].map((text) =>
        directory.exists(address(text)),
      ),
    );
    assert.deepEqual(answers, [true, true, false, false]);
  });
}

function followContract(make: Make): void {
  test("groups and addresses are followed through, and each place stands once", async (t) => {
    const directory = await make(t);
    accepted(await directory.addAddress(address("info@example.test"), address("bob@example.test")));
    accepted(await directory.addGroup(address("staff@example.test"), members("alice", "bob", "info")));
    accepted(await directory.addGroup(address("all@example.test"), members("staff", "alice", "carol")));
    assert.equal(
      await leads(directory, "all@example.test"),
      "group: alice@example.test bob@example.test carol@example.test",
    );
  });

  test("a target elsewhere keeps its spelling and is charged to the name that leads there", async (t) => {
    const directory = await make(t);
    accepted(await directory.addAddress(address("Forward@example.test"), address("Bob.X@example.org")));
    accepted(await directory.addGroup(address("all@example.test"), members("forward", "alice")));
    accepted(await directory.setCatchAll(domain("example.net"), address("away@example.org")));
    assert.deepEqual(await directory.resolve(address("all@example.test")), {
      kind: "local",
      via: "group",
      targets: [
        { kind: "remote", address: address("Bob.X@example.org"), chargedTo: "forward@example.test" },
        { kind: "mailbox", mailbox: "alice@example.test" },
      ],
    });
    assert.deepEqual(await directory.resolve(address("x@example.net")), {
      kind: "local",
      via: "catch-all",
      targets: [{ kind: "remote", address: address("away@example.org"), chargedTo: "@example.net" }],
    });
  });

  test("a circle ends, and one that leads nowhere is no recipient", async (t) => {
    const directory = await make(t);
    accepted(await directory.addGroup(address("one@example.test"), []));
    accepted(await directory.addGroup(address("two@example.test"), members("one")));
    assert.deepEqual(await directory.resolve(address("two@example.test")), { kind: "no-such-recipient" });
    accepted(await directory.addMember(address("one@example.test"), address("two@example.test")));
    assert.deepEqual(await directory.resolve(address("one@example.test")), { kind: "no-such-recipient" });
    accepted(await directory.addMember(address("one@example.test"), address("alice@example.test")));
    assert.equal(await leads(directory, "two@example.test"), "group: alice@example.test");
  });

  test("ten steps are followed; more is no answer rather than a part of one", async (t) => {
    const directory = await make(t);
    let last = "alice@example.test";
    for (let step = 1; step <= 11; step += 1) {
      const next = `step${step}@example.test`;
      accepted(await directory.addAddress(address(next), address(last)));
      last = next;
    }
    assert.equal(await leads(directory, "step10@example.test"), "address: alice@example.test");
    await assert.rejects(directory.resolve(address("step11@example.test")), StoreUnavailable);
  });

  test("ten thousand places are found; more is no answer rather than a part of one", async (t) => {
    const directory = await make(t);
    const many = Array.from({ length: 10_000 }, (_, n) => address(`user${n}@example.org`));
    accepted(await directory.addGroup(address("all@example.test"), many));
    const resolution = await directory.resolve(address("all@example.test"));
    assert.equal(resolution.kind === "local" && resolution.targets.length, 10_000);
    accepted(await directory.addGroup(address("more@example.test"), members("all", "alice")));
    await assert.rejects(directory.resolve(address("more@example.test")), StoreUnavailable);
  });
}

function postmasterContract(make: Make): void {
  test("postmaster of a hosted domain leads to the oldest mailbox of the post office, else of the server", async (t) => {
    const directory = await make(t);
    accepted(await directory.addPostoffice("acme"));
    accepted(await directory.addDomain(domain("example.test"), "acme"));
    assert.equal(await leads(directory, "PostMaster@example.test"), "mailbox: postmaster@example.test");
    accepted(await directory.addPostoffice("other"));
    accepted(await directory.addDomain(domain("other.test"), "other"));
    accepted(await directory.addMailbox(address("zoe@other.test"), undefined));
    assert.equal(await leads(directory, "postmaster+x@example.test"), "mailbox: zoe@other.test");
    accepted(await directory.addMailbox(address("bob@example.test"), undefined));
    accepted(await directory.addMailbox(address("alice@example.test"), undefined));
    assert.equal(await leads(directory, "postmaster@example.test"), "mailbox: bob@example.test");
    assert.equal(await directory.exists(address("postmaster@example.test")), true);
    assert.deepEqual(await directory.resolve(address("postmaster@example.org")), { kind: "remote" });
  });

  test("a postmaster that somebody made is used, and the catch-all never is", async (t) => {
    const directory = await make(t);
    await fillDirectory(directory);
    accepted(await directory.setCatchAll(domain("example.test"), address("carol@example.test")));
    assert.equal(await leads(directory, "postmaster@example.test"), "mailbox: alice@example.test");
    accepted(await directory.addAddress(address("postmaster@example.test"), address("bob@example.test")));
    assert.equal(await leads(directory, "postmaster@example.test"), "address: bob@example.test");
  });
}

function accountContract(make: Make): void {
  test("an account is known by its mailbox, without case, with its credentials", async (t) => {
    const directory = await make(t);
    const expected = { key: "bob@example.test", postoffice: "acme", suspended: false };
    assert.deepEqual(await directory.account("Bob@example.test"), expected);
    accepted(await directory.setCredentials("bob@example.test", CREDENTIALS));
    accepted(await directory.setSuspended("bob@example.test", true));
    const account = await directory.account("bob@example.test");
    assert.equal(account?.suspended, true);
    assert.equal(account.credentials?.argon2id, CREDENTIALS.argon2id);
    assert.deepEqual(plain(account.credentials?.scramSha256), plain(CREDENTIALS.scramSha256));
    for (const login of ["bob", "dave@example.test", "bob+x@example.test", "", "x@y@example.test"]) {
      assert.equal(await directory.account(login), undefined, login);
    }
  });

  test("what leads to an account's mailbox is its own, the rest its post office's or foreign", async (t) => {
    const directory = await make(t);
    accepted(await directory.addMailbox(address("zoe@other.test"), undefined));
    accepted(await directory.addAddress(address("info@example.test"), address("bob@example.test")));
    accepted(await directory.addGroup(address("all@example.test"), members("info", "alice")));
    accepted(await directory.setCatchAll(domain("example.net"), address("bob@example.test")));
    const right = (sender: EmailAddress) => directory.senderRight("bob@example.test", sender);
    const own = ["bob", "Bob+x", "info", "all"].map((local) => `${local}@example.test`);
    for (const text of [...own, "whoever@example.net"]) {
      assert.equal(await right(address(text)), "own", text);
    }
    for (const text of ["alice@example.test", "nobody@example.test"]) {
      assert.equal(await right(address(text)), "postoffice", text);
    }
    for (const text of ["zoe@other.test", "bob@example.org", "bob@sub.example.test"]) {
      assert.equal(await right(address(text)), "foreign", text);
    }
    assert.equal(await right({ local: "bob", domain: "[192.0.2.1]" }), "foreign");
    assert.equal(await directory.senderRight("gone@example.test", address("bob@example.test")), "foreign");
  });

  test("a name with a tag that is somebody else's is not one's own", async (t) => {
    const directory = await make(t);
    accepted(await directory.addAddress(address("bob+boss@example.test"), address("alice@example.test")));
    assert.equal(
      await directory.senderRight("bob@example.test", address("bob+boss@example.test")),
      "postoffice",
    );
  });
}

function mailbox(key: string): Resolution {
  return { kind: "local", via: "mailbox", targets: [{ kind: "mailbox", mailbox: key }] };
}

function members(...names: string[]): EmailAddress[] {
  return names.map((name) => address(`${name}@example.test`));
}

/** A resolution in one line: `group: alice@example.test bob@example.test`. */
async function leads(directory: Directory, text: string): Promise<string> {
  const resolution = await directory.resolve(address(text));
  if (resolution.kind !== "local") return resolution.kind;
  const places = resolution.targets.map((target) =>
    target.kind === "mailbox" ? target.mailbox : `${target.address.local}@${target.address.domain}`,
  );
  return `${resolution.via}: ${places.join(" ")}`;
}

/** Bytes as plain arrays, since a store may bring them as any kind of bytes. */
function plain(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_, field) => (field instanceof Uint8Array ? Array.from(field) : field)),
  );
}
