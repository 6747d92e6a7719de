import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { instant, plusMs } from "../../core/instant.ts";
import { containmentCause } from "./containment-rule.ts";
import { DEFAULT_TRIPS } from "./subject-rules.ts";
import { BURST_STEP_MS, chargedRow, type UseRow, useOf, useRowAt } from "./use-row.ts";

const START = Date.UTC(2026, 10, 24);
const HOUR_MS = 3_600_000;

const anySends = fc.array(
  fc.record({
    afterMs: fc.integer({ min: 0, max: 3 * HOUR_MS }),
    recipients: fc.integer({ min: 1, max: 9 }),
  }),
  { maxLength: 60 },
);

test("the counts of hour and day are those of what was sent in them", () => {
  fc.assert(
    fc.property(anySends, (sends) => {
      let row: UseRow | undefined;
      let at = START;
      const log: { at: number; recipients: number }[] = [];
      for (const { afterMs, recipients } of sends) {
        at += afterMs;
        log.push({ at, recipients });
        row = chargedRow(useRowAt(row, instant(at)), { messages: 1, recipients, firstTime: 0 });
        const since = (start: number) =>
          log.filter((each) => each.at >= start).reduce((sum, each) => sum + each.recipients, 0);
        const use = useOf(row);
        assert.equal(use.recipientsPerHour, since(at - (at % HOUR_MS)));
        assert.equal(use.recipientsPerDay, since(at - (at % (24 * HOUR_MS))));
      }
    }),
  );
});

test("a burst counts at least what was sent in the last five minutes, and nothing older than ten", () => {
  fc.assert(
    fc.property(anySends, (sends) => {
      let row: UseRow | undefined;
      let at = START;
      const log: { at: number; recipients: number }[] = [];
      for (const { afterMs, recipients } of sends) {
        at += afterMs % (2 * BURST_STEP_MS);
        log.push({ at, recipients });
        row = chargedRow(useRowAt(row, instant(at)), { messages: 1, recipients, firstTime: 0 });
        const within = (ms: number) =>
          log.filter((each) => each.at > at - ms).reduce((sum, each) => sum + each.recipients, 0);
        const seen = row.stepRecipients + row.beforeRecipients;
        assert.ok(seen >= within(BURST_STEP_MS) && seen <= within(2 * BURST_STEP_MS));
      }
    }),
  );
});

test("a clock that was set back gives nobody a second allowance", () => {
  const noon = instant(START + 12 * HOUR_MS);
  const row = chargedRow(useRowAt(undefined, noon), { messages: 1, recipients: 7, firstTime: 0 });
  const before = useRowAt(row, plusMs(noon, -2 * HOUR_MS));
  assert.deepEqual([useOf(before).recipientsPerHour, before.stepRecipients], [7, 7]);
});

test("each rule contains from its number on, says what was seen, and none does below", () => {
  const row = useRowAt(undefined, instant(START));
  const cause = (more: Partial<UseRow>) => containmentCause(DEFAULT_TRIPS, { ...row, ...more });
  assert.equal(
    cause({ stepRecipients: 499, stepFirstTime: 49, dayFailures: 24, dayRecipients: 24 }),
    undefined,
  );
  assert.match(
    cause({ stepRecipients: 300, beforeRecipients: 200 }) ?? "",
    /^500 recipients within ten minutes/,
  );
  assert.match(
    cause({ stepFirstTime: 20, beforeFirstTime: 30 }) ?? "",
    /^50 recipients it had never sent to/,
  );
  assert.match(cause({ dayFailures: 25, dayRecipients: 100 }) ?? "", /^25 of today's 100 recipients refused/);
  assert.equal(cause({ dayFailures: 25, dayRecipients: 101 }), undefined);
});

test("without rules nothing contains", () => {
  const row = { ...useRowAt(undefined, instant(START)), stepRecipients: 9e6, dayFailures: 9e6 };
  assert.equal(containmentCause({}, row), undefined);
});
