import assert from "node:assert/strict";
import { test } from "node:test";
import { instant } from "../core/instant.ts";
import { formatIpRange } from "../core/ip-range.ts";
import { parsePrivilegedEntry } from "./privileged-entry.ts";

const NOW = instant(Date.UTC(2026, 10, 24, 12));

test("an entry of a range alone lets everybody in it send to everybody for ever", () => {
  const result = parsePrivilegedEntry({ range: "192.0.2.0/28" }, NOW);
  assert.ok(result.ok);
  assert.equal(formatIpRange(result.value.range), "192.0.2.0/28");
  assert.deepEqual(
    { ...result.value, range: undefined },
    { id: 0, range: undefined, label: "", owner: "", note: "", senders: [], recipients: [] },
  );
});

test("senders are addresses or whole domains, recipients domains, each once and in lower case", () => {
  const result = parsePrivilegedEntry(
    {
      range: "192.0.2.1",
      label: " printers ",
      senders: ["Scan@Example.Test", "example.test", "@EXAMPLE.test"],
      recipients: ["@Example.test", "example.test", "other.test"],
      daily: 50,
    },
    NOW,
  );
  assert.ok(result.ok);
  assert.equal(result.value.label, "printers");
  assert.deepEqual(result.value.senders, ["scan@example.test", "@example.test"]);
  assert.deepEqual(result.value.recipients, ["example.test", "other.test"]);
  assert.equal(result.value.dailyCap, 50);
});

test("an expiry is the end of a day, a moment, or a duration from now", () => {
  const cases: readonly [string, string][] = [
    ["2026-12-31", "2026-12-31T23:59:59.999Z"],
    ["2026-12-31T18:00+01:00", "2026-12-31T17:00:00.000Z"],
    ["30d", "2026-12-24T12:00:00.000Z"],
  ];
  for (const [expires, expected] of cases) {
    const result = parsePrivilegedEntry({ range: "192.0.2.1", expires }, NOW);
    assert.ok(result.ok, expires);
    assert.equal(new Date(result.value.expiresAt ?? 0).toISOString(), expected);
  }
});

test("all problems are told at once", () => {
  const result = parsePrivilegedEntry(
    { range: "192.0.2.5/28", expires: "tomorrow", senders: ["a b@c"], recipients: ["x@y.test", "-"] },
    NOW,
  );
  assert.ok(!result.ok);
  assert.equal(result.error.length, 5);
  assert.match(result.error[0] ?? "", /did you mean 192\.0\.2\.0\/28/);
});

test("days that do not exist or have passed are refused", () => {
  for (const expires of ["2027-02-30", "2026-11-23", "0s", "2026-13-01T00:00Z"]) {
    assert.ok(!parsePrivilegedEntry({ range: "192.0.2.1", expires }, NOW).ok, expires);
  }
});
