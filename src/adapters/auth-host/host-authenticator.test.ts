import assert from "node:assert/strict";
import { test } from "node:test";
import type { Domain } from "../../core/domain.ts";
import { type EmailAddress, parseAddress } from "../../core/email-address.ts";
import type { HostAnswer, HostQuestion } from "../../ports/host-accounts.ts";
import { memoryDirectory } from "../memory/memory-directory.ts";
import { hostAuthenticator } from "./host-authenticator.ts";

const domains = (createMailboxes: boolean) => [
  { postoffice: "acme", domain: "CORP", mailDomain: "acme.test" as Domain, createMailboxes },
  { postoffice: "beta", domain: "BETA", mailDomain: "acme.test" as Domain, createMailboxes },
];

async function host(answer: HostAnswer, createMailboxes = false) {
  const directory = memoryDirectory();
  await directory.addPostoffice("acme");
  await directory.addPostoffice("beta");
  await directory.addDomain("acme.test" as Domain, "acme");
  await directory.addMailbox(parseAddress("ann@acme.test") as EmailAddress, undefined);
  const asked: HostQuestion[] = [];
  const accounts = {
    check(question: HostQuestion) {
      asked.push(question);
      return Promise.resolve(answer);
    },
  };
  return {
    asked,
    directory,
    authenticator: hostAuthenticator({ accounts, directory, domains: domains(createMailboxes) }),
  };
}

test("a right password of an account with a mailbox logs in as the mailbox", async () => {
  const { authenticator, asked } = await host({ kind: "right" });
  const accepted = { kind: "accepted", account: "ann@acme.test" };
  assert.deepEqual(await authenticator.verify("CORP\\ann", "secret"), accepted);
  assert.deepEqual(await authenticator.verify("ann@acme.test", "secret"), accepted);
  for (const question of asked) assert.deepEqual([question.user, question.domain], ["ann", "CORP"]);
});

test("a right password without a mailbox is refused, and the host was asked all the same", async () => {
  const { authenticator, asked } = await host({ kind: "right" });
  assert.deepEqual(await authenticator.verify("bob@acme.test", "secret"), { kind: "rejected" });
  assert.equal(asked.length, 1);
});

test("the first good login makes the mailbox where that is wanted, and a wrong one does not", async () => {
  const good = await host({ kind: "right" }, true);
  assert.equal((await good.authenticator.verify("corp\\bob", "secret")).kind, "accepted");
  assert.equal((await good.directory.account("bob@acme.test"))?.postoffice, "acme");
  const bad = await host({ kind: "wrong" }, true);
  assert.equal((await bad.authenticator.verify("corp\\bob", "secret")).kind, "rejected");
  assert.equal(await bad.directory.account("bob@acme.test"), undefined);
});

test("a domain of one post office opens no mailbox of another", async () => {
  const { authenticator, asked } = await host({ kind: "right" }, true);
  assert.deepEqual(await authenticator.verify("BETA\\ann", "secret"), { kind: "rejected" });
  assert.equal(asked.length, 0);
});

test("an empty password is never asked about", async () => {
  const { authenticator, asked } = await host({ kind: "right" });
  for (const password of ["", "a\0b", "x".repeat(2000)])
    assert.deepEqual(await authenticator.verify("ann@acme.test", password), { kind: "rejected" });
  assert.equal(asked.length, 0);
});

test("a host that does not answer is neither acceptance nor a wrong password", async () => {
  const down: HostAnswer = { kind: "unavailable", detail: "no domain controller" };
  const { authenticator } = await host(down);
  assert.deepEqual(await authenticator.verify("ann@acme.test", "secret"), down);
});

test("a directory that cannot be read is no wrong password either", async () => {
  const { authenticator, directory } = await host({ kind: "right" });
  directory.account = () => Promise.reject(new Error("disk"));
  assert.deepEqual(await authenticator.verify("ann@acme.test", "secret"), {
    kind: "unavailable",
    detail: "disk",
  });
});
