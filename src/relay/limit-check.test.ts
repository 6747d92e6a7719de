import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { address, entry, NOW, policy, strangerFacts } from "../../test/support/relay-facts.ts";
import { known, unknown } from "../core/fact.ts";
import { NO_USE, type Quota } from "../core/sending-limits.ts";
import { decide } from "./decide.ts";
import { explain } from "./explain.ts";
import type { LoginFacts, RelayFacts } from "./facts.ts";

describe("sending limits", () => {
  const login: LoginFacts = {
    state: "in",
    account: "alice@example.test",
    suspended: known(false),
    senderRight: known("own"),
  };
  const used = (recipientsPerDay: number): Quota => ({
    owner: "account",
    limits: { recipientsPerDay: 5 },
    use: { ...NO_USE, recipientsPerDay },
  });
  const ALICE = "account:alice@example.test";
  const LOCAL = known({
    kind: "local",
    via: "address",
    targets: [{ kind: "remote", address: address("x@far.test"), chargedTo: "info@example.test" }],
  } as const);
  const to = (
    resolution: RelayFacts["recipient"]["resolution"],
    firstTime: RelayFacts["recipient"]["firstTime"],
  ) => ({
    ...strangerFacts().recipient,
    resolution,
    firstTime,
  });

  test("the last place is taken, and the next is refused for now with limit, use and time", () => {
    const at = (n: number) =>
      decide(policy(), strangerFacts({ login, quotas: known(new Map([[ALICE, [used(n)]]])) }));
    assert.equal(at(4).verdict, "relay");
    assert.equal(at(5).reason, "denied-limit");
    assert.deepEqual(at(5).reply, {
      code: 450,
      status: "4.7.1",
      lines: ["Daily limit of 5 recipients reached (5 used); it starts again at 00:00 UTC"],
    });
  });

  test("an account's limit holds for recipients here too, and nobody else's does", () => {
    const quotas = known(new Map([[ALICE, [used(5)]]]));
    const recipient = to(known({ kind: "local", via: "mailbox", targets: [] }), known(false));
    assert.equal(decide(policy(), strangerFacts({ login, quotas, recipient })).reason, "denied-limit");
    assert.equal(decide(policy(), strangerFacts({ quotas, recipient })).verdict, "deliver");
  });

  test("a forward whose owner has used up the day's recipients waits", () => {
    const at = (n: number) =>
      decide(
        policy(),
        strangerFacts({
          recipient: to(LOCAL, known(false)),
          quotas: known(new Map([["account:info@example.test", [used(n)]]])),
        }),
      );
    assert.equal(at(4).verdict, "deliver");
    assert.equal(at(5).reply.code, 450);
  });

  test("a limit denies though a weaker ground holds as well", () => {
    const compiled = policy({ privileged: { enabled: true } }, [entry("203.0.113.9")]);
    const quotas = known(new Map([[ALICE, [used(5)]]]));
    assert.equal(decide(compiled, strangerFacts({ login, quotas })).reason, "denied-limit");
  });

  test("a stronger ground that is unknown defers where its limit is used up, and only there", () => {
    const compiled = policy(
      {
        privileged: { enabled: true },
        popBeforeSmtp: { enabled: true, periodMs: 60_000, senderMustBelong: false, ipv6Prefix: 128 },
      },
      [entry("203.0.113.9")],
    );
    const verdict = (n: number) =>
      decide(
        compiled,
        strangerFacts({
          popGrant: unknown("timeout"),
          quotas: known(new Map([["grant:203.0.113.9", [used(n)]]])),
        }),
      ).verdict;
    assert.equal(verdict(4), "relay");
    assert.equal(verdict(5), "defer");
  });

  test("the limit of the one account of a grant holds, of several none does", () => {
    const compiled = policy({
      popBeforeSmtp: { enabled: true, periodMs: 60_000, senderMustBelong: false, ipv6Prefix: 128 },
    });
    const verdict = (...accounts: string[]) =>
      decide(
        compiled,
        strangerFacts({
          popGrant: known({ loggedInAt: NOW, accounts }),
          quotas: known(new Map([[ALICE, [used(5)]]])),
        }),
      ).verdict;
    assert.equal(verdict("alice@example.test"), "reject");
    assert.equal(verdict("alice@example.test", "bob@example.test"), "relay");
  });

  test("a first-time limit lets known recipients through, and defers where that is not known", () => {
    const quotas = known(
      new Map([
        [
          ALICE,
          [{ owner: "account", limits: { firstTimePerDay: 1 }, use: { ...NO_USE, firstTimePerDay: 1 } }],
        ],
      ]),
    ) as RelayFacts["quotas"];
    const reason = (firstTime: RelayFacts["recipient"]["firstTime"]) =>
      decide(policy(), strangerFacts({ login, quotas, recipient: to(known({ kind: "remote" }), firstTime) }))
        .reason;
    assert.equal(reason(known(false)), "granted-authenticated");
    assert.equal(reason(known(true)), "denied-limit");
    assert.equal(reason(unknown("timeout")), "deferred-lookup");
  });

  test("limits that could not be read defer whoever may be bounded, and nobody else", () => {
    const quotas = unknown("unavailable");
    assert.equal(decide(policy(), strangerFacts({ login, quotas })).verdict, "defer");
    const recipient = to(known({ kind: "local", via: "mailbox", targets: [] }), unknown("not-asked"));
    assert.equal(decide(policy(), strangerFacts({ quotas, recipient })).verdict, "deliver");
  });

  test("explain shows the limit with its use, and that raising it would turn the answer", () => {
    const facts = strangerFacts({ login, quotas: known(new Map([[ALICE, [used(5)]]])) });
    const { steps, flip } = explain(policy(), facts);
    assert.deepEqual(
      steps.find(({ check }) => check === "sending limits"),
      { check: "sending limits", result: "stop", saw: `${ALICE}: recipientsPerDay 5 of 5` },
    );
    assert.ok(flip.some(({ command }) => command?.startsWith("postern limits set account:alice")));
  });
});
