import assert from "node:assert/strict";
import { test } from "node:test";
import { chosen, helpText, readCommandLine } from "./command-line.ts";

const servers = [
  { name: "a", needs: "nothing" },
  { name: "b", needs: "luck" },
];

test("without options the work is the one that the targets speak of", () => {
  const { load, runs, docs } = readCommandLine([]);
  assert.deepEqual(load, {
    messages: 3000,
    sizeBytes: 4096,
    sessions: 20,
    idleSessions: 10_000,
    queued: 1_000_000,
  });
  assert.deepEqual({ runs, docs }, { runs: 1, docs: false });
});

test("options change it, and lists name what is measured", () => {
  const told = readCommandLine(["--messages", "50", "--runs=3", "--peers", "b,a", "--docs"]);
  assert.equal(told.load.messages, 50);
  assert.equal(told.runs, 3);
  assert.equal(told.docs, true);
  assert.deepEqual(chosen("peer", servers, told.peers), servers);
  assert.deepEqual(chosen("peer", servers, ["b"]), [servers[1]]);
  assert.deepEqual(chosen("peer", servers, undefined), servers);
});

test("what makes no sense is refused with words that help", () => {
  assert.throws(() => readCommandLine(["--messages", "0"]), /--messages 0: a whole number from 1 on/);
  assert.throws(() => readCommandLine(["--speed", "9"]), /--speed/);
  assert.throws(() => chosen("peer", servers, ["a", "z"]), /There is no peer "z"\. There are: a, b\./);
});

test("the help names every server with what it needs, and every workload", () => {
  const help = helpText(servers, [{ name: "w", says: "some work" }]);
  for (const line of ["  a  nothing", "  b  luck", "  w  some work"]) assert.ok(help.includes(line), line);
});
