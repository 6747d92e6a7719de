import assert from "node:assert/strict";
import { test } from "node:test";
import { StoreUnavailable } from "../../ports/queue-store.ts";
import { GROUNDS, REASONS } from "../../relay/reason.ts";
import { bytes, flag, integer, listOf, oneOf, optionalInteger, optionalText, text } from "./columns.ts";
import { DECISION_WORDS } from "./journal-columns.ts";

test("the words of a decision's row are those of the decision", () => {
  assert.deepEqual(DECISION_WORDS.reasons, REASONS);
  assert.deepEqual(DECISION_WORDS.grounds, GROUNDS);
});

test("a column that holds something else than it should is refused without showing it", () => {
  const wrong: (() => unknown)[] = [
    () => integer("secret"),
    () => optionalInteger("secret"),
    () => flag(null),
    () => text(7),
    () => optionalText(undefined),
    () => bytes("secret"),
    () => oneOf(["a", "b"], "secret"),
    () => listOf(["a", "b"], "a,secret"),
  ];
  for (const read of wrong) {
    assert.throws(read, (error) => error instanceof StoreUnavailable && !error.message.includes("secret"));
  }
});
