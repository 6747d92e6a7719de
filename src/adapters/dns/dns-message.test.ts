import assert from "node:assert/strict";
import { test } from "node:test";
import { type Answer, AUTHORITATIVE_ANSWER, decode, encode } from "dns-packet";
import fc from "fast-check";
import { type DnsQuestion, encodeQuestion, readAnswer } from "./dns-message.ts";

const QUESTION: DnsQuestion = { id: 4711, name: "example.test", type: "A" };
const RECORD: Answer = { type: "A", name: "example.test", ttl: 60, data: "192.0.2.1" };

function packet(changes: { id?: number; name?: string; flags?: number; answers?: Answer[] } = {}): Buffer {
  return encode({
    type: "response",
    id: changes.id ?? QUESTION.id,
    flags: AUTHORITATIVE_ANSWER | (changes.flags ?? 0),
    questions: [{ type: "A", name: changes.name ?? QUESTION.name }],
    answers: changes.answers ?? [RECORD],
  });
}

test("a question has its id, asks for recursion and offers EDNS0", () => {
  const { id, flag_rd, questions, additionals } = decode(encodeQuestion(QUESTION));
  assert.deepEqual([id, flag_rd, questions?.[0]?.name], [4711, true, "example.test"]);
  assert.equal(additionals?.[0]?.type, "OPT");
});

test("only the answer to the question is read", () => {
  assert.equal(readAnswer(packet(), QUESTION).kind, "records");
  assert.equal(readAnswer(packet({ name: "EXAMPLE.test" }), QUESTION).kind, "records");
  const strangers = {
    "another id": packet({ id: 4712 }),
    "another name": packet({ name: "example.org" }),
    "a question": encodeQuestion(QUESTION),
    "a cut packet": packet().subarray(0, 20),
  };
  for (const [what, bytes] of Object.entries(strangers)) {
    assert.equal(readAnswer(bytes, QUESTION).kind, "not-ours", what);
  }
});

test("records of another name or type are no answer", () => {
  const answers: Answer[] = [
    { type: "A", name: "other.test", ttl: 60, data: "192.0.2.66" },
    { type: "AAAA", name: "example.test", ttl: 60, data: "2001:db8::66" },
  ];
  assert.deepEqual(readAnswer(packet({ answers }), QUESTION), { kind: "no-data", ttlSeconds: 0 });
});

test("no bytes make the reader throw", () => {
  const bytes = fc.uint8Array({ maxLength: 200 });
  fc.assert(fc.property(bytes, (some) => void readAnswer(Buffer.from(some), QUESTION)));
  const valid = packet();
  fc.assert(
    fc.property(fc.nat(valid.length - 1), fc.nat(255), (at, value) => {
      const damaged = Buffer.from(valid);
      damaged[at] = value;
      readAnswer(damaged, QUESTION);
    }),
  );
});
