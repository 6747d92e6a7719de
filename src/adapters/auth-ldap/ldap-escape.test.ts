import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { EqualityFilter, FilterParser } from "ldapts";
import { escapeDnValue, escapeFilterValue, fillBindName } from "./ldap-escape.ts";

const VALUE = fc.oneof(
  fc.string({ unit: "binary", minLength: 1, maxLength: 20 }),
  fc.string({
    unit: fc.constantFrom("*", "(", ")", "\\", "\0", "=", ",", "+", '"', " ", "#", "a"),
    minLength: 1,
  }),
);

test("a value in a filter is read back as one condition with that very value", () => {
  fc.assert(
    fc.property(VALUE, (value) => {
      const filter = FilterParser.parseString(`(mail=${escapeFilterValue(value)})`);
      assert.ok(filter instanceof EqualityFilter);
      assert.equal(filter.value, value);
    }),
  );
});

test("a value in a DN has no character left that begins a component or ends a value", () => {
  fc.assert(
    fc.property(VALUE, (value) => {
      const escaped = escapeDnValue(value);
      assert.doesNotMatch(escaped, /[",+;<>=#\0]|\\(?![0-9a-f]{2})|^ | $/);
      const read = escaped.replace(/\\([0-9a-f]{2})/g, (_, code: string) =>
        String.fromCharCode(Number.parseInt(code, 16)),
      );
      assert.equal(read, value);
    }),
  );
});

test("only a template that makes a DN is escaped like one", () => {
  const values = { user: "a+b", domain: "CORP", mailbox: "a+b@acme.test" };
  assert.equal(fillBindName("uid={user},dc=acme", values), "uid=a\\2bb,dc=acme");
  assert.equal(fillBindName("{domain}\\{user}", values), "CORP\\a+b");
  assert.equal(fillBindName("{user}@{domain}", values), "a+b@CORP");
});
