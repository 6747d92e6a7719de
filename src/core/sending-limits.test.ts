import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { instant } from "./instant.ts";
import { describeLimit, LIMIT_NAMES, limitReached, NO_USE, withCharge } from "./sending-limits.ts";

const NOW = instant(Date.UTC(2026, 10, 24, 12, 30));
const CHARGE = { messages: 1, recipients: 1, firstTime: 0 };

test("a limit is reached by the first that would be too many, and not before", () => {
  const at = (used: number) =>
    limitReached(
      { owner: "account", limits: { recipientsPerHour: 3 }, use: { ...NO_USE, recipientsPerHour: used } },
      CHARGE,
      NOW,
    );
  assert.equal(at(2), undefined);
  assert.equal(at(3)?.used, 3);
});

test("of several the one that lasts longest is told, with the time at which it starts again", () => {
  const use = { ...NO_USE, recipientsPerHour: 9, recipientsPerDay: 9, messagesPerHour: 9 };
  const limits = { recipientsPerHour: 5, recipientsPerDay: 9, messagesPerHour: 2 };
  const reached = limitReached({ owner: "account", limits, use }, CHARGE, NOW);
  assert.ok(reached);
  assert.equal(
    describeLimit(reached),
    "Daily limit of 9 recipients reached (9 used); it starts again at 00:00 UTC",
  );
});

test("an hour starts again at the next full hour, and a post office's limit says so", () => {
  const quota = {
    owner: "postoffice",
    limits: { messagesPerHour: 1 },
    use: { ...NO_USE, messagesPerHour: 1 },
  } as const;
  const reached = limitReached(quota, CHARGE, NOW);
  assert.ok(reached);
  assert.equal(
    describeLimit(reached),
    "Hourly limit of 1 messages of the whole post office reached (1 used); it starts again at 13:00 UTC",
  );
});

test("charged one by one, never more is let through than the limit, and all of it is", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...LIMIT_NAMES),
      fc.integer({ min: 1, max: 20 }),
      fc.array(fc.record({ recipients: fc.integer({ min: 1, max: 5 }), firstTime: fc.boolean() })),
      (name, max, messages) => {
        let use = NO_USE;
        for (const { recipients, firstTime } of messages) {
          const charge = { messages: 1, recipients, firstTime: firstTime ? recipients : 0 };
          const quota = { owner: "account", limits: { [name]: max }, use } as const;
          const after = withCharge(use, charge);
          assert.equal(
            limitReached(quota, charge, NOW) === undefined,
            after[name] <= max || after[name] === use[name],
          );
          if (!limitReached(quota, charge, NOW)) use = after;
        }
        assert.ok(use[name] <= max);
      },
    ),
  );
});
