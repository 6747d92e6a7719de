import assert from "node:assert/strict";
import { test } from "node:test";
import * as der from "./der.ts";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

test("a length takes one octet below 128 and says how many it takes above", () => {
  assert.equal(hex(der.octetString(new Uint8Array(127))).slice(0, 4), "047f");
  assert.equal(hex(der.octetString(new Uint8Array(128))).slice(0, 6), "048180");
  assert.equal(hex(der.octetString(new Uint8Array(300))).slice(0, 8), "0482012c");
});

test("an integer is as short as it can be and never negative", () => {
  assert.equal(hex(der.integer(Uint8Array.of(0, 0, 5))), "020105");
  assert.equal(hex(der.integer(Uint8Array.of(0x80))), "02020080");
  assert.equal(hex(der.integer(Uint8Array.of(0, 0))), "020100");
});

test("an object identifier has its first two arcs in one octet and long ones in several", () => {
  // The OIDs of commonName and ecdsa-with-SHA256 as RFC 5280 and RFC 5758 have them in certificates.
  assert.equal(hex(der.oid("2.5.4.3")), "0603550403");
  assert.equal(hex(der.oid("1.2.840.10045.4.3.2")), "06082a8648ce3d040302");
});

test("a time has two digits for its year until 2049 and four after", () => {
  assert.equal(der.time(new Date("2049-12-31T23:59:59Z")).toString("latin1"), "\u0017\r491231235959Z");
  assert.equal(der.time(new Date("2050-01-01T00:00:00Z")).toString("latin1"), "\u0018\u000f20500101000000Z");
});
