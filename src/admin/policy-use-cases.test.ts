import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryAdminContext, NOON } from "../../test/support/memory-admin-context.ts";
import { plusMs } from "../core/instant.ts";
import { parseIpRange } from "../core/ip-range.ts";
import { wideEntryCause } from "./policy-causes.ts";
import { popGrantAllow, popGrantList, popGrantRevoke } from "./pop-grants.ts";
import { privilegedAdd, privilegedList, privilegedRemove } from "./privileged.ts";
import { relaySet, relayShow } from "./relay-settings.ts";

/** The value of a use case that was done. */
function outputOf<T>(result: { ok: true; value: T } | { ok: false; error: { message: string } }): T {
  assert.ok(result.ok, result.ok ? "" : result.error.message);
  return result.value;
}

test("a new server is closed, and shows its settings under the names that relay set takes", async () => {
  const view = outputOf(await relayShow.run(memoryAdminContext(), {}));
  assert.equal(view.verdict, "closed");
  assert.equal(view.policy, 1);
  assert.deepEqual(view.settings, {
    "relay.enabled": true,
    "authenticated.enabled": true,
    "authenticated.method": "integrated",
    "privileged.enabled": false,
    "localSenders.enabled": false,
    "localSenders.match": "domain",
    "popBeforeSmtp.enabled": false,
    "popBeforeSmtp.period": "15m",
    "popBeforeSmtp.senderMustBelong": true,
    "popBeforeSmtp.ipv6Prefix": 128,
    "senders.mustBelongTo": "account",
    acceptAddressLiterals: false,
  });
});

test("settings change in one new policy; what is so already makes none", async () => {
  const context = memoryAdminContext();
  const changes = ["popBeforeSmtp.enabled=true", "popBeforeSmtp.period=30m"];
  const output = outputOf(await relaySet.run(context, { changes }));
  assert.equal(output.policy, 2);
  assert.deepEqual(output.changed, [
    { key: "popBeforeSmtp.enabled", from: false, to: true },
    { key: "popBeforeSmtp.period", from: "15m", to: "30m" },
  ]);
  const again = outputOf(await relaySet.run(context, { changes }));
  assert.equal(again.policy, 2);
  assert.deepEqual(again.changed, []);
});

test("local senders need the word weak, and the word open is not it", async () => {
  const context = memoryAdminContext();
  const changes = ["localSenders.enabled=true"];
  for (const input of [{ changes }, { changes, confirm: "open" }]) {
    const refused = await relaySet.run(context, input);
    assert.ok(!refused.ok);
    assert.equal(refused.error.code, "confirm");
    assert.equal(refused.error.confirm, "weak");
    assert.match(refused.error.message, /would make the server weak.*forge|claim/);
  }
  assert.equal(outputOf(await relayShow.run(context, {})).policy, 1);
  const output = outputOf(await relaySet.run(context, { changes, confirm: "weak" }));
  assert.equal(output.verdict, "weak");
  // What was confirmed once is not asked about again.
  assert.ok((await relaySet.run(context, { changes: ["acceptAddressLiterals=true"] })).ok);
});

test("the queue is woken when relay goes on again, and only then", async () => {
  let woken = 0;
  const context = memoryAdminContext({
    wakeQueue: () => {
      woken += 1;
    },
  });
  const off = outputOf(await relaySet.run(context, { changes: ["relay.enabled=false"] }));
  assert.match(off.notes.join(), /relay is off/);
  assert.equal(woken, 0);
  await relaySet.run(context, { changes: ["relay.enabled=true"] });
  assert.equal(woken, 1);
});

test("somebody else's change in between is not overwritten", async () => {
  const context = memoryAdminContext();
  const stale = { ...context.policies, current: () => Promise.resolve(before) };
  const before = await context.policies.current();
  await relaySet.run(context, { changes: ["relay.enabled=false"] });
  const refused = await relaySet.run(
    { ...context, policies: stale },
    { changes: ["acceptAddressLiterals=true"] },
  );
  assert.ok(!refused.ok);
  assert.equal(refused.error.code, "conflict");
  assert.equal((await context.policies.current()).number, 2);
});

test("the option on with an empty list grants nobody and says so", async () => {
  const context = memoryAdminContext();
  const output = outputOf(await relaySet.run(context, { changes: ["privileged.enabled=true"] }));
  assert.equal(output.verdict, "closed");
  assert.match(output.notes.join(), /list is empty, so they let nobody relay/);
});

test("an entry is added, listed with its use, and removed by number or by range", async () => {
  const context = memoryAdminContext({ usage: { privilegedToday: async () => new Map([[1, 7]]) } });
  const added = outputOf(
    await privilegedAdd.run(context, {
      range: "192.0.2.0/28",
      label: "printers",
      expires: "30d",
      daily: 100,
    }),
  );
  assert.equal(added.id, 1);
  assert.equal(added.inForce, false);
  assert.match(added.notes.join(), /switched off.*privileged\.enabled=true/);
  await relaySet.run(context, { changes: ["privileged.enabled=true"] });
  await privilegedAdd.run(context, { range: "192.0.2.64-192.0.2.70" });
  const [first, second] = outputOf(await privilegedList.run(context, {}));
  assert.equal(first?.usedToday, 7);
  assert.equal(first?.inForce, true);
  assert.equal(first?.expiresAt, "2026-12-24T12:00:00.000Z");
  assert.equal(second?.range, "192.0.2.64-192.0.2.70");
  const later = { ...context, clock: () => plusMs(NOON, 31 * 86_400_000) };
  assert.equal(outputOf(await privilegedList.run(later, {}))[0]?.inForce, false);
  assert.deepEqual(outputOf(await privilegedRemove.run(context, { entry: "1" })), {
    removed: 1,
    range: "192.0.2.0/28",
  });
  assert.ok((await privilegedRemove.run(context, { entry: "192.0.2.64-192.0.2.70" })).ok);
  const gone = await privilegedRemove.run(context, { entry: "1" });
  assert.equal(gone.ok ? "" : gone.error.code, "not-found");
});

test("the same range is not added twice", async () => {
  const context = memoryAdminContext();
  await privilegedAdd.run(context, { range: "192.0.2.0/28" });
  const refused = await privilegedAdd.run(context, { range: "192.0.2.0-192.0.2.15" });
  assert.match(refused.ok ? "" : refused.error.message, /privileged already, as entry 1/);
});

test("a wide entry needs the word open, also while the option is off", async () => {
  const context = memoryAdminContext();
  const refused = await privilegedAdd.run(context, { range: "0.0.0.0/0" });
  assert.equal(refused.ok ? "" : refused.error.confirm, "open");
  assert.match(
    refused.ok ? "" : refused.error.message,
    /0\.0\.0\.0\/0 covers more public addresses than a \/24/,
  );
  assert.ok((await privilegedAdd.run(context, { range: "0.0.0.0/0", confirm: "open" })).ok);
  assert.equal(outputOf(await relayShow.run(context, {})).verdict, "closed");
  const on = { changes: ["privileged.enabled=true"] };
  const stillRefused = await relaySet.run(context, on);
  assert.equal(stillRefused.ok ? "" : stillRefused.error.confirm, "open");
  assert.equal(outputOf(await relaySet.run(context, { ...on, confirm: "open" })).verdict, "open");
});

test("wide is more than a /24 or a /48 of public space, counted without private blocks", () => {
  const isWide = (text: string): boolean => {
    const range = parseIpRange(text);
    assert.ok(range.ok, text);
    return wideEntryCause({ range: range.value }) !== undefined;
  };
  const wide = [
    "192.0.2.0/23",
    "0.0.0.0/0",
    "::/0",
    "2001:db8::/47",
    "9.255.0.0-10.0.0.0",
    "192.0.2.0-192.0.3.0",
  ];
  const narrow = ["192.0.2.0/24", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "fc00::/7"];
  const edges = ["2001:db8::/48", "::1", "9.255.255.0-10.255.255.255", "fe80::/10", "169.254.0.0/16"];
  for (const text of wide) assert.ok(isWide(text), text);
  for (const text of [...narrow, ...edges]) assert.ok(!isWide(text), text);
});

test("grants show until when they hold, and files that are none show why", async () => {
  const context = memoryAdminContext();
  const off = outputOf(await popGrantAllow.run(context, { ip: "192.0.2.7" }));
  assert.match(off.notes.join(), /switched off/);
  await relaySet.run(context, { changes: ["popBeforeSmtp.enabled=true"] });
  const grants = {
    ...context.grants,
    list: async () => ({ ...(await context.grants.list()), junk: ["x.pbs"] }),
  };
  const views = outputOf(await popGrantList.run({ ...context, grants }, {}));
  assert.deepEqual(views, [
    {
      client: "192.0.2.7",
      accounts: [],
      loggedInAt: "2026-11-24T12:00:00.000Z",
      validUntil: "2026-11-24T12:15:00.000Z",
      inForce: true,
    },
    { file: "x.pbs", problem: "the name is no IP address, so the file is ignored" },
  ]);
  // At the end of the period it holds no more (SPEC R-21).
  const ended = { ...context, clock: () => plusMs(NOON, 15 * 60_000) };
  const [view] = outputOf(await popGrantList.run(ended, {}));
  assert.equal(view && "inForce" in view ? view.inForce : undefined, false);
  assert.ok((await popGrantRevoke.run(context, { ip: "::ffff:192.0.2.7" })).ok);
  assert.ok(!(await popGrantRevoke.run(context, { ip: "192.0.2.7" })).ok);
});
