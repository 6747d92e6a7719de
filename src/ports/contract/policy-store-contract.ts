import assert from "node:assert/strict";
import { suite, type TestContext, test } from "node:test";
import { parseIpRange } from "../../core/ip-range.ts";
import type { PrivilegedEntry, RelayPolicy, RelaySettings } from "../../relay/policy.ts";
import type { PolicyChange, PolicyStore } from "../policy-store.ts";
import { NOON } from "./sample-message.ts";

/** Settings that are as far from the defaults as they can be. */
const FIRST: RelaySettings = {
  enabled: false,
  authenticated: { enabled: false, method: "fixed" },
  privileged: { enabled: true },
  localSenders: { enabled: true, match: "address" },
  popBeforeSmtp: { enabled: true, periodMs: 1000, senderMustBelong: false, ipv6Prefix: 64 },
  senders: { mustBelongTo: "postoffice" },
  acceptAddressLiterals: true,
};

/** Policies of one test; `reopen` looks at what has been kept as a new process would. */
export interface PoliciesUnderTest {
  readonly policies: PolicyStore;
  readonly reopen: () => Promise<PolicyStore>;
}

/** What every store of policies must do. `make` opens a new one whose first policy has the given settings. */
export function policyStoreContract(
  name: string,
  make: (t: TestContext, first: RelaySettings) => Promise<PoliciesUnderTest>,
): void {
  suite(`${name} as a policy store`, () => {
    test("a new store has policy 1 with the first settings and no entries", async (t) => {
      const { policies, reopen } = await make(t, FIRST);
      const expected = { number: 1, settings: FIRST, privileged: [] };
      assert.deepEqual(await policies.current(), expected);
      assert.deepEqual(await (await reopen()).current(), expected);
    });

    test("a change makes the next policy, whole, and it is the one in force", async (t) => {
      const { policies, reopen } = await make(t, FIRST);
      const settings = { ...FIRST, enabled: true };
      const saved = await policies.save(change(1, { settings, privileged: [FULL, entry("2001:db8::/48")] }));
      const expected = {
        number: 2,
        settings,
        privileged: [
          { ...FULL, id: 1 },
          { ...entry("2001:db8::/48"), id: 2 },
        ],
      };
      assert.deepEqual(saved, { ok: true, value: expected });
      assert.deepEqual(await policies.current(), expected);
      assert.deepEqual(await (await reopen()).current(), expected);
    });

    test("a change over a policy that is no longer in force is a conflict and changes nothing", async (t) => {
      const { policies } = await make(t, FIRST);
      const [first, second] = await Promise.all([
        policies.save(change(1, { privileged: [entry("192.0.2.1")] })),
        policies.save(change(1, { privileged: [entry("192.0.2.2")] })),
      ]);
      assert.equal(first.ok, true);
      assert.deepEqual(second, { ok: false, error: "conflict" });
      assert.deepEqual(rangesOf(await policies.current()), ["192.0.2.1"]);
      assert.deepEqual(await policies.save(change(3)), { ok: false, error: "conflict" });
    });

    test("every policy stays as it was: entries added, changed, removed and put back", async (t) => {
      const { policies, reopen } = await make(t, FIRST);
      const save = async (privileged: readonly PrivilegedEntry[]) => {
        const base = (await policies.current()).number;
        const saved = await policies.save(change(base, { privileged }));
        assert.ok(saved.ok);
        return saved.value;
      };
      const two = await save([entry("192.0.2.1"), entry("192.0.2.2")]);
      const [first, second] = [two.privileged[0] ?? FULL, two.privileged[1] ?? FULL];
      const three = await save([{ ...first, label: "changed" }, second]);
      const four = await save([second]);
      const five = await save([...two.privileged, entry("192.0.2.3")]);
      assert.deepEqual(
        five.privileged.map(({ id, label }) => [id, label]),
        [
          [1, "printers"],
          [2, "printers"],
          [3, "printers"],
        ],
      );
      for (const store of [policies, await reopen()]) {
        for (const kept of [two, three, four, five]) assert.deepEqual(await store.version(kept.number), kept);
        assert.deepEqual((await store.version(1))?.privileged, []);
        assert.equal(await store.version(6), undefined);
        assert.equal(await store.version(0), undefined);
      }
    });

    test("the id of an entry that was removed is not given to another", async (t) => {
      const { policies } = await make(t, FIRST);
      await policies.save(change(1, { privileged: [entry("192.0.2.1")] }));
      await policies.save(change(2, { privileged: [] }));
      await policies.save(change(3, { privileged: [entry("192.0.2.2")] }));
      assert.deepEqual(
        (await policies.current()).privileged.map(({ id }) => id),
        [2],
      );
    });

    test("listeners hear of each change until they leave, and of no conflict", async (t) => {
      const { policies } = await make(t, FIRST);
      const heard: number[] = [];
      const leave = policies.subscribe((policy) => heard.push(policy.number));
      await policies.save(change(1));
      await policies.save(change(1));
      await policies.save(change(2));
      leave();
      await policies.save(change(3));
      assert.deepEqual(heard, [2, 3]);
    });
  });
}

function change(base: number, wishes: Partial<PolicyChange> = {}): PolicyChange {
  return {
    base,
    settings: FIRST,
    privileged: [],
    author: "admin",
    comment: "a test",
    at: NOON,
    ...wishes,
  };
}

function entry(rangeText: string): PrivilegedEntry {
  const range = parseIpRange(rangeText);
  assert.ok(range.ok);
  return {
    id: 0,
    range: range.value,
    label: "printers",
    owner: "it@example.test",
    note: "",
    senders: [],
    recipients: [],
  };
}

const FULL: PrivilegedEntry = {
  ...entry("192.0.2.7-192.0.2.20"),
  note: "second floor",
  expiresAt: NOON,
  senders: ["@example.test", "scan@example.test"],
  recipients: ["example.org"],
  dailyCap: 100,
};

function rangesOf(policy: RelayPolicy): string[] {
  return policy.privileged.map(({ range }) => range.first.text);
}
