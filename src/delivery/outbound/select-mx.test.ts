import assert from "node:assert/strict";
import { test } from "node:test";
import { type Domain, parseDomain } from "../../core/domain.ts";
import type { DnsAnswer, MxRecord } from "../../ports/resolver.ts";
import { type MxSelection, selectMx } from "./select-mx.ts";

const domain = (text: string): Domain => parseDomain(text)!;
const SELF = domain("mx.postern.test");
const found = (...records: [preference: number, exchange: string][]): DnsAnswer<MxRecord[]> => ({
  kind: "found",
  value: records.map(([preference, exchange]) => ({ preference, exchange })),
  ttlSeconds: 60,
});
const select = (answer: DnsAnswer<MxRecord[]>, random = () => 0.5): MxSelection =>
  selectMx(domain("example.test"), answer, SELF, random);
const hosts = (selection: MxSelection) => (selection.kind === "hosts" ? selection.hosts : selection);
const status = (selection: MxSelection) =>
  selection.kind === "outcome" ? `${selection.outcome.kind} ${selection.outcome.status}` : selection;

test("hosts come by preference, best first, each once", () => {
  const answer = found([20, "b.example.test"], [10, "A.example.test"], [30, "a.example.test"]);
  assert.deepEqual(hosts(select(answer)), ["a.example.test", "b.example.test"]);
});

test("hosts of one preference come in random order", () => {
  const answer = found([10, "a.test"], [10, "b.test"], [5, "c.test"]);
  const rising = [0.1, 0.9, 0.5];
  const falling = [0.9, 0.1, 0.5];
  assert.deepEqual(hosts(select(answer, () => rising.shift() ?? 0)), ["c.test", "a.test", "b.test"]);
  assert.deepEqual(hosts(select(answer, () => falling.shift() ?? 0)), ["c.test", "b.test", "a.test"]);
});

test("a domain without MX is its own host", () => {
  assert.deepEqual(hosts(select({ kind: "no-data" })), ["example.test"]);
});

test("what the DNS decides alone is an outcome", () => {
  const table: [answer: DnsAnswer<MxRecord[]>, outcome: string][] = [
    [{ kind: "no-answer", detail: "timed out" }, "deferred 4.4.3"],
    [{ kind: "no-name" }, "failed 5.1.2"],
    [found([0, ""]), "failed 5.1.10"],
    [found([10, "192.0.2.1"], [20, "not a host"]), "failed 5.4.4"],
    [found([10, SELF], [10, "peer.test"], [20, "backup.test"]), "failed 5.4.6"],
  ];
  for (const [answer, outcome] of table) assert.equal(status(select(answer)), outcome);
});

test("a null MX beside real ones is left out", () => {
  assert.deepEqual(hosts(select(found([0, ""], [10, "a.test"]))), ["a.test"]);
});

test("a backup host sends only to hosts that are better than itself", () => {
  const answer = found([20, SELF], [10, "main.test"], [20, "equal.test"], [30, "worse.test"]);
  assert.deepEqual(hosts(select(answer)), ["main.test"]);
});
