import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { DecisionId, MessageId, QueueId } from "../core/ids.ts";
import { type Instant, instant, plusMs } from "../core/instant.ts";
import type { Outcome } from "../core/outcome.ts";
import type { RowOutcome } from "../ports/deliver-message.ts";
import type { ClaimedMessage, QueueRow } from "../ports/queue-store.ts";
import { conclude } from "./conclude.ts";
import { DEFAULT_SCHEDULE } from "./next-attempt.ts";

const ACCEPTED = instant(Date.UTC(2026, 5, 15));
const DAY_MS = 86_400_000;
const DELIVERED: Outcome = { kind: "delivered", status: "2.0.0", diagnostic: "250 ok" };
const DEFERRED: Outcome = {
  kind: "deferred",
  status: "4.2.1",
  diagnostic: "450 later",
  remote: "mx.remote.test",
};
const FAILED: Outcome = { kind: "failed", status: "5.1.1", diagnostic: "550 who?" };

function message(
  notify?: QueueRow["notify"],
  more: { sender?: string; attempts?: number; delayWarned?: boolean } = {},
): ClaimedMessage {
  const { sender = "alice@example.test", attempts = 0, delayWarned = false } = more;
  return {
    envelope: {
      id: 1 as MessageId,
      acceptedAt: ACCEPTED,
      expiresAt: plusMs(ACCEPTED, 5 * DAY_MS),
      sender,
      size: 10,
      smtpUtf8: false,
      eightBit: false,
      origin: { client: "192.0.2.1", listener: "mx" },
    },
    body: { kind: "inline", bytes: Buffer.from("x") },
    rows: [
      {
        id: 7 as QueueId,
        lane: "outbound",
        recipient: "friend@remote.test",
        target: "friend@remote.test",
        destination: "remote.test",
        ...(notify ? { notify } : {}),
        decision: 3 as DecisionId,
        attempts,
        delayWarned,
      },
    ],
  };
}

function ended(
  claimed: ClaimedMessage,
  outcome: Outcome,
  now: Instant = ACCEPTED,
  more: Partial<RowOutcome> = {},
) {
  const { results, reports } = conclude(claimed, [{ row: 7 as QueueId, outcome, ...more }], {
    schedule: DEFAULT_SCHEDULE,
    now,
    random: 0.5,
  });
  return { result: results[0], reports: [...reports.keys()], rows: [...reports.values()].flat() };
}

describe("what becomes of a row", () => {
  test("what was delivered or failed is done, what was deferred is tried again by the schedule", () => {
    assert.equal(ended(message(), DELIVERED).result?.next, "done");
    assert.equal(ended(message(), FAILED).result?.next, "done");
    const minutes = [0, 1, 2, 3, 9].map((attempts) => {
      const { result } = ended(message(undefined, { attempts, delayWarned: true }), DEFERRED);
      return result?.next === "retry" ? (result.at - ACCEPTED) / 60_000 : undefined;
    });
    assert.deepEqual(minutes, [15, 30, 60, 240, 240]);
  });

  test("a row without an outcome is given back, not lost", () => {
    const { results } = conclude(message(), [], { schedule: DEFAULT_SCHEDULE, now: ACCEPTED, random: 0 });
    assert.deepEqual(results, [{ row: 7, next: "give-back" }]);
  });

  test("after five days a deferral is final, with the peer's last words", () => {
    const { result, reports } = ended(message(), DEFERRED, plusMs(ACCEPTED, 5 * DAY_MS));
    assert.equal(result?.next, "done");
    assert.deepEqual(result?.next === "done" && result.outcome, {
      ...DEFERRED,
      kind: "failed",
      status: "5.4.7",
    });
    assert.deepEqual(reports, ["failed"]);
  });
});

describe("what the sender is told", () => {
  test("failure unless NOTIFY leaves it out", () => {
    assert.deepEqual(ended(message(), FAILED).reports, ["failed"]);
    assert.deepEqual(ended(message(["FAILURE"]), FAILED).reports, ["failed"]);
    assert.deepEqual(ended(message(["SUCCESS"]), FAILED).reports, []);
    assert.deepEqual(ended(message(["NEVER"]), FAILED).reports, []);
  });

  test("success only where NOTIFY asks, and not where the next server reports itself", () => {
    assert.deepEqual(ended(message(), DELIVERED).reports, []);
    assert.deepEqual(ended(message(["SUCCESS"]), DELIVERED, ACCEPTED, { handover: "delivered" }).reports, [
      "delivered",
    ]);
    assert.deepEqual(ended(message(["SUCCESS"]), DELIVERED, ACCEPTED, { handover: "relayed" }).reports, [
      "relayed",
    ]);
    assert.deepEqual(ended(message(["SUCCESS"]), DELIVERED, ACCEPTED, { handover: "passed-on" }).reports, []);
  });

  test("a delay once, after four hours, unless NOTIFY leaves it out", () => {
    const late = plusMs(ACCEPTED, 4 * 3_600_000);
    assert.deepEqual(ended(message(), DEFERRED, plusMs(late, -1)).reports, []);
    const warned = ended(message(), DEFERRED, late);
    assert.deepEqual(warned.reports, ["delayed"]);
    assert.equal(warned.result?.next === "retry" && warned.result.delayWarned, true);
    assert.deepEqual(ended(message(undefined, { delayWarned: true }), DEFERRED, late).reports, []);
    assert.deepEqual(ended(message(["FAILURE"]), DEFERRED, late).reports, []);
  });

  test("nothing ever for the null sender: no report answers a report", () => {
    for (const outcome of [DELIVERED, DEFERRED, FAILED]) {
      const claimed = message(["SUCCESS", "FAILURE", "DELAY"], { sender: "" });
      assert.deepEqual(ended(claimed, outcome, plusMs(ACCEPTED, 4 * 3_600_000)).reports, []);
    }
  });
});
