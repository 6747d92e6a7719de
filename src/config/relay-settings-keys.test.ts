import assert from "node:assert/strict";
import { test } from "node:test";
import { DEFAULT_SETTINGS } from "../relay/policy.ts";
import { applySettings, describeSettings } from "./relay-settings-keys.ts";

function problemsOf(...changes: string[]): string[] {
  const result = applySettings(DEFAULT_SETTINGS, changes);
  assert.ok(!result.ok, "the change was taken");
  return result.error;
}

test("every setting can be written as it is shown", () => {
  const shown = describeSettings(DEFAULT_SETTINGS).map(({ key, value }) => `${key}=${value}`);
  assert.equal(shown.length, 12);
  assert.deepEqual(applySettings(DEFAULT_SETTINGS, shown), { ok: true, value: DEFAULT_SETTINGS });
});

test("each setting changes what it names and nothing else", () => {
  const changes = [
    "relay.enabled=false",
    "authenticated.enabled=false",
    "privileged.enabled=true",
    "localSenders.enabled=true",
    "localSenders.match=address",
    "popBeforeSmtp.enabled=true",
    "popBeforeSmtp.period=1h",
    "popBeforeSmtp.senderMustBelong=false",
    "popBeforeSmtp.ipv6Prefix=64",
    "senders.mustBelongTo=postoffice",
    "acceptAddressLiterals=true",
  ];
  for (const change of changes) {
    const result = applySettings(DEFAULT_SETTINGS, [change]);
    assert.ok(result.ok, change);
    const after = describeSettings(result.value).map(({ key, value }) => `${key}=${value}`);
    const before = describeSettings(DEFAULT_SETTINGS).map(({ key, value }) => `${key}=${value}`);
    assert.deepEqual(
      after.filter((line) => !before.includes(line)),
      [change],
    );
  }
});

test("all problems are told at once and nothing is applied", () => {
  assert.deepEqual(
    problemsOf("relay.enabled=yes", "relay.enable=true", "nonsense", "privileged.enabled=true"),
    [
      'relay.enabled: "yes" is neither true nor false',
      "relay.enable is not known; did you mean relay.enabled?",
      '"nonsense" is no setting; write key=value, as in relay.enabled=true',
    ],
  );
});

test("a setting cannot be given twice", () => {
  assert.match(problemsOf("relay.enabled=true", "relay.enabled=false")[0] ?? "", /set twice/);
});

test("methods that this version does not have are refused by that reason", () => {
  assert.match(problemsOf("authenticated.method=fixed")[0] ?? "", /not built into this version/);
  assert.match(problemsOf("authenticated.method=ntlm")[0] ?? "", /not one of integrated/);
});

test("the period of POP before SMTP is between one second and a day", () => {
  for (const period of ["1s", "24h"]) {
    assert.ok(applySettings(DEFAULT_SETTINGS, [`popBeforeSmtp.period=${period}`]).ok, period);
  }
  for (const period of ["0s", "999ms", "25h", "15", "-1s", ""]) {
    assert.match(problemsOf(`popBeforeSmtp.period=${period}`)[0] ?? "", /not a period/, period);
  }
});
