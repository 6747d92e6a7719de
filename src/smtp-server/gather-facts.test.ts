import assert from "node:assert/strict";
import { test } from "node:test";
import { address, ip, NOW, policy } from "../../test/support/relay-facts.ts";
import { testServices } from "../../test/support/smtp-services.ts";
import type { Directory } from "../ports/directory.ts";
import { StoreUnavailable } from "../ports/queue-store.ts";
import {
  type FactSources,
  gatherResolution,
  gatherSenderFacts,
  type SenderQuestion,
} from "./gather-facts.ts";

const QUESTION: SenderQuestion = {
  now: NOW,
  client: ip("192.0.2.5"),
  clientIsProxy: false,
  listener: { name: "mx", auth: "optional", allowCleartextAuth: false, offersStartTls: true },
  tls: true,
  login: { state: "in", account: "alice@example.test" },
  sender: address("alice@example.test"),
};

const EVERYTHING = policy({
  localSenders: { enabled: true, match: "address" },
  popBeforeSmtp: { enabled: true, periodMs: 60_000, senderMustBelong: true, ipv6Prefix: 128 },
});

async function sources(more: Partial<FactSources> = {}): Promise<FactSources & { failures: unknown[] }> {
  const { services } = await testServices();
  const failures: unknown[] = [];
  const { directory, grants, usage } = services;
  return {
    directory,
    grants,
    usage,
    lookupTimeoutMs: 5000,
    onLookupFailure: (error) => void failures.push(error),
    failures,
    ...more,
  };
}

/** A directory of which one question is answered otherwise. */
function directoryWith(directory: Directory, own: Partial<Directory>): Directory {
  return { ...directory, ...own };
}

test("login, sender and grant come from the ports as known facts", async () => {
  const from = await sources();
  await from.grants.allow(ip("192.0.2.5"), "alice@example.test", NOW);
  const facts = await gatherSenderFacts(from, EVERYTHING, QUESTION);
  assert.deepEqual(facts.login, {
    state: "in",
    account: "alice@example.test",
    suspended: { known: true, value: false },
    senderRight: { known: true, value: "own" },
  });
  assert.deepEqual(facts.senderDomainHosted, { known: true, value: true });
  assert.deepEqual(facts.senderAddressExists, { known: true, value: true });
  assert.deepEqual(facts.popGrant, {
    known: true,
    value: { loggedInAt: NOW, accounts: ["alice@example.test"] },
  });
  assert.deepEqual(facts.senderBelongsToGrant, { known: true, value: true });
});

test("what the policy does not need is not asked", async () => {
  const { directory, ...from } = await sources();
  const asked: string[] = [];
  const spying = directoryWith(directory, {
    exists: async () => {
      asked.push("exists");
      return true;
    },
  });
  const facts = await gatherSenderFacts({ ...from, directory: spying }, policy(), QUESTION);
  assert.deepEqual(asked, []);
  assert.deepEqual(facts.popGrant, { known: false, cause: "not-asked" });
});

test("a port that fails makes its fact unknown, and somebody is told", async () => {
  const from = await sources();
  const broken = directoryWith(from.directory, {
    senderRight: () => Promise.reject(new StoreUnavailable("down")),
  });
  const facts = await gatherSenderFacts({ ...from, directory: broken }, EVERYTHING, QUESTION);
  assert.ok(facts.login.state === "in");
  assert.deepEqual(facts.login.senderRight, { known: false, cause: "unavailable" });
  assert.deepEqual(facts.login.suspended, { known: true, value: false });
  assert.equal(from.failures.length, 1);
});

test("a port that does not answer in time makes its fact unknown", async () => {
  const from = await sources({ lookupTimeoutMs: 1 });
  const silent = directoryWith(from.directory, { resolve: () => new Promise(() => {}) });
  const own = { domain: address("x@example.test").domain, literals: new Set<string>() };
  assert.ok(!own.domain.startsWith("["));
  const fact = await gatherResolution(
    { ...from, directory: silent },
    policy(),
    address("alice@example.test"),
    { domain: QUESTION_DOMAIN, literals: own.literals },
  );
  assert.deepEqual(fact, { known: false, cause: "timeout" });
});

test("an account that is gone since it logged in counts as suspended", async () => {
  const facts = await gatherSenderFacts(await sources(), policy(), {
    ...QUESTION,
    login: { state: "in", account: "gone@example.test" },
  });
  assert.ok(facts.login.state === "in");
  assert.deepEqual(facts.login.suspended, { known: true, value: true });
});

test("our own address as a literal is ours only where the policy says so", async () => {
  const from = await sources();
  const own = { domain: QUESTION_DOMAIN, literals: new Set(["[127.0.0.1]"]) };
  const literal = { local: "alice", domain: "[127.0.0.1]" } as const;
  const kind = async (acceptAddressLiterals: boolean, recipient = literal) => {
    const fact = await gatherResolution(from, policy({ acceptAddressLiterals }), recipient, own);
    return fact.known && fact.value.kind;
  };
  assert.equal(await kind(false), "remote");
  assert.equal(await kind(true), "local");
});

const QUESTION_DOMAIN = (() => {
  const { domain } = address("x@example.test");
  if (domain.startsWith("[")) throw new Error("a literal");
  return domain as Exclude<typeof domain, `[${string}]`>;
})();
