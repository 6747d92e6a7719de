import assert from "node:assert/strict";
import { test } from "node:test";
import { StoreUnavailable } from "../../ports/queue-store.ts";
import { DEFAULT_SETTINGS } from "../../relay/policy.ts";
import { entryFromJson, settingsFromJson, settingsToJson } from "./policy-json.ts";

test("settings that an earlier version did not know have their defaults", () => {
  const settings = settingsFromJson('{"enabled":false,"localSenders":{"enabled":true}}', DEFAULT_SETTINGS);
  assert.deepEqual(settings, {
    ...DEFAULT_SETTINGS,
    enabled: false,
    localSenders: { enabled: true, match: "domain" },
  });
  assert.deepEqual(settingsFromJson(settingsToJson(settings), DEFAULT_SETTINGS), settings);
});

test("settings of the wrong kind are damage, not a guess", () => {
  const wrong = [
    '{"enabled":"yes"}',
    '{"authenticated":{"method":"none"}}',
    '{"popBeforeSmtp":{"ipv6Prefix":48}}',
    '{"senders":{"mustBelongTo":null}}',
    "{",
  ];
  for (const json of wrong) {
    assert.throws(() => settingsFromJson(json, DEFAULT_SETTINGS), StoreUnavailable, json);
  }
});

test("an entry that misses a field or has no range is damage", () => {
  const fields = { range: "192.0.2.1", label: "", owner: "", note: "", senders: [], recipients: [] };
  assert.equal(entryFromJson(3, JSON.stringify(fields)).id, 3);
  for (const slip of [{ range: "192.0.2" }, { senders: undefined }, { recipients: [1] }, { dailyCap: "9" }]) {
    const json = JSON.stringify({ ...fields, ...slip });
    assert.throws(() => entryFromJson(3, json), /privileged entry 3/, json);
  }
});
