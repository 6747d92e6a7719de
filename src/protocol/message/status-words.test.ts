import assert from "node:assert/strict";
import { it } from "node:test";
import { statusWords } from "./status-words.ts";

it("says the same of a lasting and a passing failure of one kind", () => {
  assert.match(statusWords("5.1.1").why, /no mailbox of that name/);
  assert.deepEqual(statusWords("4.2.2"), statusWords("5.2.2"));
});

it("falls back to the subject of an unknown detail, and to general words", () => {
  assert.match(statusWords("5.7.999").why, /refused the message by its rules/);
  assert.match(statusWords("5.9.9").why, /could not be delivered/);
  assert.match(statusWords("nonsense").why, /could not be delivered/);
});

it("gives a full sentence of why and of advice for each", () => {
  for (let subject = 0; subject < 8; subject += 1) {
    for (let detail = 0; detail < 12; detail += 1) {
      const { why, advice } = statusWords(`5.${subject}.${detail}`);
      assert.match(why, /^[A-Z].*\.$/);
      assert.match(advice, /^[A-Z].*\.$/);
    }
  }
});
