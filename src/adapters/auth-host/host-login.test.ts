import assert from "node:assert/strict";
import { test } from "node:test";
import type { Domain } from "../../core/domain.ts";
import { type HostDomain, mailboxKey, parseHostLogin } from "./host-login.ts";

const acme: HostDomain = {
  postoffice: "acme",
  domain: "CORP",
  mailDomain: "acme.test" as Domain,
  createMailboxes: true,
};
const beta: HostDomain = {
  postoffice: "beta",
  domain: "ad.beta.test",
  mailDomain: "beta.test" as Domain,
  createMailboxes: false,
};

function read(login: string, domains: readonly HostDomain[]) {
  const parsed = parseHostLogin(login, domains);
  return parsed && [parsed.user, mailboxKey(parsed), parsed.entry?.postoffice];
}

for (const [login, expected] of [
  ["corp\\Ann", ["Ann", "ann@acme.test", "acme"]],
  ["ann@AD.beta.test", ["ann", "ann@beta.test", "beta"]],
  ["Ann@acme.test", ["Ann", "ann@acme.test", undefined]],
  ["other\\ann", undefined],
  ["corp\\", undefined],
  ["corp\\a\\b", undefined],
  ["corp\\ann@beta.test", undefined],
  ["a/b@acme.test", undefined],
  ['"x@ad.beta.test"@acme.test', undefined],
  ["ann", undefined],
  ["@acme.test", undefined],
] as const) {
  test(`the login ${login} is read as ${JSON.stringify(expected) ?? "nobody"}`, () => {
    assert.deepEqual(read(login, [acme, beta]), expected);
  });
}

test("a bare name is of the only post office there is", () => {
  assert.deepEqual(read("ann", [acme]), ["ann", "ann@acme.test", "acme"]);
  assert.equal(read("ann", []), undefined);
});
