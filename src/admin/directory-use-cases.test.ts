import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryAdminContext, NOON } from "../../test/support/memory-admin-context.ts";
import { parseIp } from "../core/ip-address.ts";
import type { AdminContext } from "./admin-context.ts";
import type { Refusal } from "./refusal.ts";
import { runUseCase } from "./use-cases.ts";

/** Runs a use case that must be done. */
async function done(context: AdminContext, name: string, input: unknown = {}): Promise<unknown> {
  const result = await runUseCase(context, name, input);
  assert.ok(result.ok, `${name}: ${JSON.stringify(result)}`);
  return result.value;
}

/** Runs a use case that must be refused. */
async function refusal(context: AdminContext, name: string, input: unknown = {}): Promise<Refusal> {
  const result = await runUseCase(context, name, input);
  assert.ok(!result.ok, `${name} was done`);
  return result.error;
}

/** A server with one post office, one domain and two mailboxes. */
async function acme(): Promise<AdminContext> {
  const context = memoryAdminContext();
  await done(context, "postoffice.add", { name: "Acme" });
  await done(context, "domain.add", { domain: "Example.Test", postoffice: "acme" });
  await done(context, "mailbox.add", { mailbox: "Alice@Example.test", password: "secret" });
  await done(context, "mailbox.add", { mailbox: "bob@example.test" });
  return context;
}

test("a post office is filled from the top, listed, shown, and emptied from the bottom", async () => {
  const context = await acme();
  assert.deepEqual(await done(context, "postoffice.list"), [{ name: "acme", domains: 1, mailboxes: 2 }]);
  assert.deepEqual(await done(context, "postoffice.show", { name: "acme" }), {
    postoffice: "acme",
    domains: ["example.test"],
    mailboxes: ["alice@example.test", "bob@example.test"],
  });
  assert.equal((await refusal(context, "postoffice.remove", { name: "acme" })).code, "refused");
  assert.equal((await refusal(context, "domain.remove", { domain: "example.test" })).code, "refused");
  await done(context, "mailbox.remove", { mailbox: "alice@example.test" });
  await done(context, "mailbox.remove", { mailbox: "bob@example.test" });
  await done(context, "domain.remove", { domain: "example.test" });
  assert.deepEqual(await done(context, "postoffice.remove", { name: "acme" }), { removed: "acme" });
  assert.equal((await refusal(context, "postoffice.show", { name: "acme" })).code, "not-found");
});

test("a domain needs no post office named where there is only one", async () => {
  const context = memoryAdminContext();
  assert.match((await refusal(context, "domain.add", { domain: "a.test" })).message, /make one first/);
  await done(context, "postoffice.add", { name: "one" });
  assert.deepEqual(await done(context, "domain.add", { domain: "a.test" }), {
    domain: "a.test",
    postoffice: "one",
  });
  await done(context, "postoffice.add", { name: "two" });
  assert.match(
    (await refusal(context, "domain.add", { domain: "b.test" })).message,
    /which post office: one, two/,
  );
});

test("a domain shows everything that its mail can go to", async () => {
  const context = await acme();
  await done(context, "address.add", { address: "info@example.test", to: "alice@example.test" });
  await done(context, "group.add", {
    group: "sales@example.test",
    members: ["alice@example.test", "bob@example.test", "Bob@example.test"],
  });
  await done(context, "domain.set-catch-all", { domain: "example.test", to: "bob@example.test" });
  assert.deepEqual(await done(context, "domain.show", { domain: "example.test" }), {
    domain: "example.test",
    postoffice: "acme",
    catchAll: "bob@example.test",
    mailboxes: ["alice@example.test", "bob@example.test"],
    addresses: [{ address: "info@example.test", to: "alice@example.test" }],
    groups: [{ group: "sales@example.test", members: ["alice@example.test", "bob@example.test"] }],
  });
  await done(context, "domain.set-catch-all", { domain: "example.test" });
  assert.doesNotMatch(
    JSON.stringify(await done(context, "domain.show", { domain: "example.test" })),
    /catchAll/,
  );
});

test("an address shows where its mail ends up", async () => {
  const context = await acme();
  await done(context, "address.add", { address: "info@example.test", to: "alice@example.test" });
  await done(context, "address.add", { address: "away@example.test", to: "carol@other.test" });
  assert.deepEqual(await done(context, "address.show", { address: "info@example.test" }), {
    address: "info@example.test",
    via: "address",
    targets: [{ kind: "mailbox", address: "alice@example.test" }],
  });
  assert.match(
    JSON.stringify(await done(context, "address.show", { address: "away@example.test" })),
    /"kind":"remote","address":"carol@other.test"/,
  );
  assert.match(
    (await refusal(context, "address.show", { address: "no@example.test" })).message,
    /550 5\.1\.1/,
  );
  assert.equal((await refusal(context, "address.show", { address: "no@other.test" })).code, "not-found");
});

test("a mailbox without a password is made, and shows that nobody can log in", async () => {
  const context = await acme();
  assert.deepEqual(await done(context, "mailbox.list"), [
    { mailbox: "alice@example.test", postoffice: "acme", suspended: false, hasPassword: true },
    { mailbox: "bob@example.test", postoffice: "acme", suspended: false, hasPassword: false },
  ]);
  await done(context, "mailbox.set-password", { mailbox: "bob@example.test", password: "new one" });
  const account = await context.directory.account("bob@example.test");
  assert.equal(account?.credentials?.argon2id, "plain:new one");
});

test("a mailbox shows what leads to it, however that was written", async () => {
  const context = await acme();
  await done(context, "address.add", { address: "info@example.test", to: "Alice@Example.Test" });
  await done(context, "group.add", { group: "all@example.test", members: ["ALICE@example.test"] });
  assert.deepEqual(await done(context, "mailbox.show", { mailbox: "alice@example.test" }), {
    mailbox: "alice@example.test",
    postoffice: "acme",
    suspended: false,
    hasPassword: true,
    addresses: ["info@example.test"],
    groups: ["all@example.test"],
  });
});

test("a password with a control character is refused and nothing is made", async () => {
  const context = await acme();
  const told = await refusal(context, "mailbox.add", { mailbox: "c@example.test", password: "a\u0000b" });
  assert.equal(told.problems?.[0]?.path, "password");
  assert.equal((await refusal(context, "mailbox.show", { mailbox: "c@example.test" })).code, "not-found");
});

test("a new password, a suspension and a removal each end the account's POP grants and nobody else's", async () => {
  const own = parseIp("192.0.2.7");
  const other = parseIp("192.0.2.8");
  assert.ok(own && other);
  for (const [name, input] of [
    ["mailbox.set-password", { password: "x" }],
    ["mailbox.suspend", {}],
    ["mailbox.remove", {}],
  ] as const) {
    const context = await acme();
    await context.grants.allow(own, "alice@example.test", NOON);
    await context.grants.allow(other, "bob@example.test", NOON);
    const output = await done(context, name, { mailbox: "alice@example.test", ...input });
    assert.match(JSON.stringify(output), /"grantsRevoked":1/, name);
    assert.equal(await context.grants.find(own, 128), undefined, name);
    assert.notEqual(await context.grants.find(other, 128), undefined, name);
  }
});

test("members come into a group and go out of it", async () => {
  const context = await acme();
  await done(context, "group.add", { group: "all@example.test", members: ["alice@example.test"] });
  await done(context, "group.add-member", { group: "all@example.test", member: "bob@example.test" });
  await done(context, "group.remove-member", { group: "all@example.test", member: "alice@example.test" });
  assert.deepEqual(await done(context, "group.show", { group: "all@example.test" }), {
    group: "all@example.test",
    members: ["bob@example.test"],
  });
  const told = await refusal(context, "group.add", {
    group: "g@example.test",
    members: ["x", "y", "bob@example.test"],
  });
  assert.deepEqual(
    told.problems?.map(({ path }) => path),
    ["members[0]", "members[1]"],
  );
});

test("the last administrator cannot be removed", async () => {
  const context = memoryAdminContext();
  await done(context, "admin.add", { name: "Carol", password: "x" });
  await done(context, "admin.add", { name: "dave", password: "x" });
  await done(context, "admin.remove", { name: "dave" });
  assert.equal((await refusal(context, "admin.remove", { name: "carol" })).code, "refused");
  assert.deepEqual(await done(context, "admin.list"), [{ name: "carol" }]);
});

test("routes are read in every form, shown without their passwords, and wake the queue", async () => {
  let woken = 0;
  const context = memoryAdminContext({
    wakeQueue: () => {
      woken += 1;
    },
  });
  const login = { user: "me", password: "hidden" };
  await done(context, "route.add", { to: "*", host: "127.0.0.1:2626", tls: "none" });
  await done(context, "route.add", { to: ".Example.Test", host: "[2001:db8::1]:25" });
  await done(context, "route.add", { to: "other.test", host: "Relay.Example.test", ...login });
  const routes = JSON.stringify(await done(context, "route.list"));
  assert.match(routes, /"to":"\*","host":"127\.0\.0\.1","port":2626,"tls":"none"/);
  assert.match(routes, /"to":"\.example\.test","host":"2001:db8::1","port":25,"tls":"may"/);
  assert.match(routes, /"host":"relay\.example\.test","port":25,"tls":"may","user":"me"/);
  assert.doesNotMatch(routes, /hidden/);
  assert.equal(woken, 3);
  assert.equal((await refusal(context, "route.add", { to: "*", host: "10.0.0.1" })).code, "refused");
  for (const host of ["", "a:b:c", "10.0.0.1:0", "10.0.0.1:70000", "[relay.test]:25", "a b"]) {
    assert.equal((await refusal(context, "route.add", { to: "x.test", host })).code, "invalid-input", host);
  }
  const half = await refusal(context, "route.add", { to: "y.test", host: "a.test", user: "me" });
  assert.match(half.message, /both a user and a password/);
  await done(context, "route.remove", { to: ".example.test" });
  assert.equal((await refusal(context, "route.remove", { to: ".example.test" })).code, "refused");
});
