import assert from "node:assert/strict";
import { test } from "node:test";
import { type Copy, type Ledger, ledger } from "./ledger.ts";

const PEER: Copy = { id: "1", serverId: "A", place: "peer", whole: true, life: 1, answered: true };
const MAILBOX: Copy = { id: "1", serverId: "A", place: "mailbox", whole: true };
const REPORT: Copy = { ...MAILBOX, place: "report" };

const CASES: readonly { says: string; happened: (all: Ledger) => void; problems: readonly string[] }[] = [
  {
    says: "an acknowledged message without a copy is lost",
    happened: (all) => {
      all.sent("1", ["mailbox", "peer"]);
      all.acknowledged("1");
      all.arrived(PEER);
    },
    problems: ["lost: 1 was acknowledged, no mailbox copy"],
  },
  {
    says: "one that was not acknowledged need not arrive",
    happened: (all) => all.sent("1", ["mailbox"]),
    problems: [],
  },
  {
    says: "one that was not acknowledged may arrive, but not twice",
    happened: (all) => {
      all.sent("1", ["mailbox"]);
      all.arrived(MAILBOX);
      all.arrived(MAILBOX);
    },
    problems: ["duplicate: 2 mailbox copies of 1"],
  },
  {
    says: "a copy with other bytes is torn",
    happened: (all) => {
      all.sent("1", ["mailbox"]);
      all.arrived({ ...MAILBOX, whole: false });
    },
    problems: ["torn: a mailbox copy of 1"],
  },
  {
    says: "a copy of what was never sent, or not there, is unexpected",
    happened: (all) => {
      all.sent("1", ["mailbox"]);
      all.arrived(PEER);
      all.arrived({ ...MAILBOX, id: "2" });
    },
    problems: ["unexpected: a peer copy of 1", "unexpected: a mailbox copy of 2"],
  },
  {
    says: "a second copy at the peer in one life of the server is a duplicate",
    happened: (all) => {
      all.sent("1", ["peer"]);
      all.arrived(PEER);
      all.arrived(PEER);
    },
    problems: ["duplicate: 2 peer copies of 1"],
  },
  {
    says: "a second copy is right where the first was not answered",
    happened: (all) => {
      all.sent("1", ["peer"]);
      all.arrived({ ...PEER, answered: false });
      all.arrived(PEER);
    },
    problems: [],
  },
  {
    says: "a second copy is right where a crash interrupted the first attempt",
    happened: (all) => {
      all.sent("1", ["peer"]);
      all.arrived(PEER);
      all.crashed(1, new Set(["A"]));
      all.arrived({ ...PEER, life: 2 });
    },
    problems: [],
  },
  {
    says: "a second copy is a duplicate where the crash found the message finished",
    happened: (all) => {
      all.sent("1", ["peer"]);
      all.arrived(PEER);
      all.crashed(1, new Set(["B"]));
      all.arrived({ ...PEER, life: 2 });
    },
    problems: ["duplicate: 2 peer copies of 1"],
  },
  {
    says: "a report may come once more for each crash that interrupted the attempt it tells of",
    happened: (all) => {
      all.sent("1", ["report"]);
      all.crashed(1, new Set(["A"]));
      for (let copies = 0; copies < 3; copies += 1) all.arrived(REPORT);
    },
    problems: ["duplicate: 3 report copies of 1"],
  },
];

for (const { says, happened, problems } of CASES) {
  test(says, () => {
    const all = ledger();
    happened(all);
    assert.deepEqual(all.problems(), problems);
  });
}

test("the counts tell sent, acknowledged, duplicates and cut answers", () => {
  const all = ledger();
  all.sent("1", ["peer"]);
  all.sent("2", ["peer"]);
  all.acknowledged("2");
  all.arrived({ ...PEER, answered: false });
  all.arrived(PEER);
  assert.deepEqual(all.counts(), { sent: 2, acknowledged: 1, duplicates: 1, cutAnswers: 1 });
});
