import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readAnswer } from "./helper-messages.ts";
import { pamAnswer } from "./pam-answer.ts";
import { logonName, windowsAnswer } from "./windows-answer.ts";

describe("a code of PAM", () => {
  for (const [code, platform, kind] of [
    [0, "linux", "right"],
    [7, "linux", "wrong"],
    [10, "linux", "wrong"],
    [13, "linux", "wrong"],
    [9, "linux", "unavailable"],
    [4, "linux", "unavailable"],
    [9, "darwin", "wrong"],
    [12, "darwin", "unavailable"],
    [255, "linux", "unavailable"],
  ] as const) {
    it(`${code} on ${platform} is ${kind}`, () => assert.equal(pamAnswer(code, platform).kind, kind));
  }
});

describe("an error of LogonUserW", () => {
  it("is wrong for what says no to the person, and no answer for all others", () => {
    assert.deepEqual(windowsAnswer(0), { kind: "right" });
    for (const error of [1326, 1331, 1909]) assert.deepEqual(windowsAnswer(error), { kind: "wrong" });
    for (const error of [1311, 1722, 87]) assert.equal(windowsAnswer(error).kind, "unavailable");
  });

  it("is asked with the names that LogonUserW wants", () => {
    assert.deepEqual(logonName("ann", undefined), { user: "ann", domain: "." });
    assert.deepEqual(logonName("ann", "CORP"), { user: "ann", domain: "CORP" });
    assert.deepEqual(logonName("ann", "corp.test"), { user: "ann@corp.test", domain: null });
  });
});

describe("a helper's message", () => {
  it("that is no answer is none", () => {
    for (const message of [undefined, null, "right", {}, { kind: "yes" }, { kind: "unavailable" }])
      assert.equal(readAnswer(message), undefined);
    assert.deepEqual(readAnswer({ kind: "right", more: 1 }), { kind: "right" });
  });
});
