import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { anyEntries, anyFacts, anySettings, learnt } from "../../test/support/relay-arbitraries.ts";
import { address, entry, ip, NOW, policy, strangerFacts } from "../../test/support/relay-facts.ts";
import { known, unknown } from "../core/fact.ts";
import { instant, plusMs } from "../core/instant.ts";
import { compilePolicy } from "./compile-policy.ts";
import { decide } from "./decide.ts";
import { explain } from "./explain.ts";
import type { LoginFacts } from "./facts.ts";

const anyPolicy = fc.record({ number: fc.constant(1), settings: anySettings, privileged: anyEntries });

describe("properties of the decision", () => {
  test("a stranger never relays under any policy whose only ground is a login", () => {
    fc.assert(
      fc.property(anyPolicy, anyFacts, (candidate, facts) => {
        fc.pre(facts.login.state !== "in");
        const settings = {
          ...candidate.settings,
          privileged: { enabled: false },
          localSenders: { ...candidate.settings.localSenders, enabled: false },
          popBeforeSmtp: { ...candidate.settings.popBeforeSmtp, enabled: false },
        };
        assert.notEqual(decide(compilePolicy({ ...candidate, settings }), facts).verdict, "relay");
      }),
      { numRuns: 3000 },
    );
  });

  test("learning an unknown fact never turns an answer that was given", () => {
    fc.assert(
      fc.property(anyPolicy, anyFacts, anyFacts, (candidate, facts, others) => {
        const compiled = compilePolicy(candidate);
        const before = decide(compiled, facts).verdict;
        fc.pre(before !== "defer");
        const after = decide(compiled, learnt(facts, others)).verdict;
        assert.equal(after, before);
      }),
      { numRuns: 10_000 },
    );
  });

  test("the order of the privileged entries changes nothing", () => {
    fc.assert(
      fc.property(anyPolicy, anyFacts, (candidate, facts) => {
        const reversed = { ...candidate, privileged: candidate.privileged.toReversed() };
        assert.deepEqual(decide(compilePolicy(reversed), facts), decide(compilePolicy(candidate), facts));
      }),
    );
  });

  test("with the master switch off nothing is relayed to anybody's recipient elsewhere", () => {
    fc.assert(
      fc.property(anyPolicy, anyFacts, (candidate, facts) => {
        const off = compilePolicy({ ...candidate, settings: { ...candidate.settings, enabled: false } });
        assert.notEqual(decide(off, facts).verdict, "relay");
      }),
    );
  });

  test("a refusal says nothing of policy, entry or account, and its status has the class of its code", () => {
    fc.assert(
      fc.property(anyPolicy, anyFacts, (candidate, facts) => {
        const { reply, verdict } = decide(compilePolicy(candidate), facts);
        assert.equal(reply.status?.[0], String(reply.code)[0]);
        assert.equal(verdict === "relay" || verdict === "deliver", reply.code === 250);
        assert.doesNotMatch(reply.lines.join(), /label|alice|192\.0\.2|privileged/i);
      }),
    );
  });

  test("explain gives the decision of decide, and every change it offers turns it", () => {
    fc.assert(
      fc.property(anyPolicy, anyFacts, (candidate, facts) => {
        const compiled = compilePolicy(candidate);
        const decision = decide(compiled, facts);
        const explanation = explain(compiled, facts);
        assert.equal(explanation.decision, decision.verdict);
        assert.equal(explanation.reason, decision.reason);
        const taken = (verdict: string) => verdict === "relay" || verdict === "deliver";
        for (const flip of explanation.flip) assert.notEqual(taken(flip.decision), taken(decision.verdict));
      }),
      { numRuns: 500 },
    );
  });
});

describe("grounds", () => {
  test("all grounds that hold are recorded, strongest first, and the strongest answers for the message", () => {
    const compiled = policy(
      { privileged: { enabled: true }, localSenders: { enabled: true, match: "domain" } },
      [entry("203.0.113.0/24")],
    );
    const decision = decide(
      compiled,
      strangerFacts({
        senderDomainHosted: known(true),
        login: {
          state: "in",
          account: "alice@example.test",
          suspended: known(false),
          senderRight: known("own"),
        },
      }),
    );
    assert.deepEqual(decision.grounds, ["authenticated", "privileged-ip", "local-sender"]);
    assert.deepEqual(decision.identity, { kind: "account", account: "alice@example.test" });
  });

  test("a privileged range holds its first and last address and nothing beside them", () => {
    const compiled = policy({ privileged: { enabled: true } }, [entry("192.0.2.10-192.0.2.20")]);
    const verdict = (client: string) => decide(compiled, strangerFacts({ client: ip(client) })).verdict;
    assert.deepEqual(["192.0.2.9", "192.0.2.10", "192.0.2.20", "192.0.2.21"].map(verdict), [
      "reject",
      "relay",
      "relay",
      "reject",
    ]);
  });

  test("the option with an empty list grants nobody", () => {
    assert.equal(decide(policy({ privileged: { enabled: true } }), strangerFacts()).verdict, "reject");
  });

  test("an entry counts until its expiry and no longer", () => {
    const at = (expiresAt: number) =>
      decide(
        policy({ privileged: { enabled: true } }, [entry("203.0.113.9", { expiresAt: instant(expiresAt) })]),
        strangerFacts(),
      ).verdict;
    assert.equal(at(NOW + 1), "relay");
    assert.equal(at(NOW), "reject");
  });

  test("an entry with senders or recipients holds those only", () => {
    const compiled = policy({ privileged: { enabled: true } }, [
      entry("203.0.113.9", { senders: ["app@example.test", "@devices.test"], recipients: ["remote.test"] }),
    ]);
    const verdict = (sender: string | null, recipient = "friend@remote.test") =>
      decide(
        compiled,
        strangerFacts({
          sender: sender === null ? null : address(sender),
          recipient: {
            address: address(recipient),
            text: recipient,
            resolution: known({ kind: "remote" }),
            firstTime: known(false),
          },
        }),
      ).verdict;
    assert.equal(verdict("app@example.test"), "relay");
    assert.equal(verdict("any@devices.test"), "relay");
    assert.equal(verdict("any@sub.devices.test"), "reject");
    assert.equal(verdict("other@example.test"), "reject");
    assert.equal(verdict(null), "reject");
    assert.equal(verdict("app@example.test", "friend@elsewhere.test"), "reject");
  });

  test("a used-up daily cap denies, and says how much and until when", () => {
    const compiled = policy({ privileged: { enabled: true } }, [entry("203.0.113.9", { dailyCap: 5 })]);
    const used = (n: number) => decide(compiled, strangerFacts({ privilegedUse: known(new Map([[1, n]])) }));
    assert.equal(used(4).verdict, "relay");
    assert.equal(used(5).reason, "denied-limit");
    assert.match(used(5).reply.lines.join(), /5 recipients.*00:00 UTC/);
  });

  test("a POP login counts until its period is over, to the millisecond", () => {
    const periodMs = 15 * 60_000;
    const compiled = policy({
      popBeforeSmtp: { enabled: true, periodMs, senderMustBelong: true, ipv6Prefix: 128 },
    });
    const aged = (ms: number) =>
      decide(compiled, strangerFacts({ popGrant: known({ loggedInAt: plusMs(NOW, -ms), accounts: [] }) }))
        .verdict;
    assert.deepEqual([0, periodMs - 1, periodMs, periodMs + 1].map(aged), [
      "relay",
      "relay",
      "reject",
      "reject",
    ]);
  });

  test("a grant store that cannot be read defers a client with no other ground, and nobody else", () => {
    const compiled = policy(
      {
        privileged: { enabled: true },
        popBeforeSmtp: { enabled: true, periodMs: 1000, senderMustBelong: true, ipv6Prefix: 128 },
      },
      [entry("192.0.2.5")],
    );
    const facts = strangerFacts({ popGrant: unknown("unavailable") });
    assert.equal(decide(compiled, facts).reply.code, 451);
    assert.equal(decide(compiled, { ...facts, client: ip("192.0.2.5") }).verdict, "relay");
  });

  test("the very address must exist where the option says so", () => {
    const compiled = policy({ localSenders: { enabled: true, match: "address" } });
    const facts = strangerFacts({ sender: address("ghost@example.test"), senderDomainHosted: known(true) });
    assert.equal(decide(compiled, facts).verdict, "reject");
    assert.equal(decide(compiled, { ...facts, senderAddressExists: known(true) }).verdict, "relay");
  });
});

describe("what is refused", () => {
  test("530 where a login would help on this listener now, else 550", () => {
    const code = (listener: Partial<ReturnType<typeof strangerFacts>["listener"]>, tls = false) => {
      const facts = strangerFacts();
      return decide(policy(), { ...facts, tls, listener: { ...facts.listener, ...listener } }).reply.code;
    };
    assert.equal(code({}), 530);
    assert.equal(code({ auth: "never" }), 550);
    assert.equal(code({ offersStartTls: false }), 550);
    assert.equal(code({ offersStartTls: false, allowCleartextAuth: true }), 530);
    assert.equal(code({ offersStartTls: false }, true), 530);
  });

  test("old routing forms are refused for a logged-in account too", () => {
    const login: LoginFacts = {
      state: "in",
      account: "alice@example.test",
      suspended: known(false),
      senderRight: known("own"),
    };
    for (const local of ["victim%remote.test", "remote.test!victim", "victim@remote.test"]) {
      const decision = decide(
        policy(),
        strangerFacts({
          login,
          recipient: {
            address: { local, domain: address("x@example.test").domain },
            text: local,
            resolution: known({ kind: "remote" }),
            firstTime: known(false),
          },
        }),
      );
      assert.equal(decision.reason, "denied-address-form", local);
    }
  });

  test("a POP grant bound to accounts does not cover the null sender", () => {
    const compiled = policy({
      popBeforeSmtp: { enabled: true, periodMs: 60_000, senderMustBelong: true, ipv6Prefix: 128 },
    });
    const popGrant = known({ loggedInAt: NOW, accounts: ["alice@example.test"] });
    assert.equal(decide(compiled, strangerFacts({ sender: null, popGrant })).verdict, "reject");
  });
});
