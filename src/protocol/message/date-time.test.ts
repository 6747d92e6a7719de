import assert from "node:assert/strict";
import { it } from "node:test";
import fc from "fast-check";
import { instant } from "../../core/instant.ts";
import { formatDate } from "./date-time.ts";

it("writes a date as RFC 5322 has it, in UTC and with two digits each", () => {
  assert.equal(formatDate(instant(Date.UTC(2026, 10, 26, 9, 5, 3, 999))), "Thu, 26 Nov 2026 09:05:03 +0000");
  assert.equal(formatDate(instant(Date.UTC(2028, 1, 29, 23, 59, 59))), "Tue, 29 Feb 2028 23:59:59 +0000");
  assert.equal(formatDate(instant(0)), "Thu, 01 Jan 1970 00:00:00 +0000");
});

it("can be read back to the second", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: Date.UTC(2999, 0) }), (ms) => {
      assert.equal(Date.parse(formatDate(instant(ms))), ms - (ms % 1000));
    }),
  );
});
