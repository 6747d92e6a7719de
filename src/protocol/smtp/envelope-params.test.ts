import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type MailParams, parseMailParams, parseRcptParams, type RcptParams } from "./envelope-params.ts";

describe("parseMailParams", () => {
  const GOOD: readonly (readonly [string, MailParams])[] = [
    ["", { smtpUtf8: false }],
    ["SIZE=0", { smtpUtf8: false, size: 0 }],
    ["size=1048576", { smtpUtf8: false, size: 1_048_576 }],
    ["SIZE=99999999999999999999", { smtpUtf8: false, size: Number.MAX_SAFE_INTEGER }],
    ["BODY=8BITMIME", { smtpUtf8: false, body: "8BITMIME" }],
    ["Body=7bit", { smtpUtf8: false, body: "7BIT" }],
    ["SMTPUTF8", { smtpUtf8: true }],
    ["RET=full", { smtpUtf8: false, ret: "FULL" }],
    ["RET=HDRS ENVID=a+2Bb", { smtpUtf8: false, ret: "HDRS", envid: "a+b" }],
    [`ENVID=${"x".repeat(100)}`, { smtpUtf8: false, envid: "x".repeat(100) }],
    ["AUTH=<>", { smtpUtf8: false, auth: "<>" }],
    ["AUTH=e+3Dmc2@example.test", { smtpUtf8: false, auth: "e=mc2@example.test" }],
    ["SIZE=5 BODY=8BITMIME SMTPUTF8", { smtpUtf8: true, size: 5, body: "8BITMIME" }],
  ];
  for (const [text, params] of GOOD) {
    it(`reads ${JSON.stringify(text.slice(0, 60))}`, () => {
      assert.deepEqual(parseMailParams(text), { ok: true, value: params });
    });
  }

  const WRONG = [
    "SIZE",
    "SIZE=",
    "SIZE=-1",
    "SIZE=1k",
    "SIZE=1.5",
    "SIZE=999999999999999999999",
    "BODY",
    "BODY=",
    "SMTPUTF8=1",
    "RET",
    "RET=ALL",
    "ENVID",
    "ENVID=+",
    `ENVID=${"x".repeat(101)}`,
    "ENVID=a+0D+0Ab",
    "ENVID=+C3+BC",
    "AUTH",
    "AUTH=",
    "AUTH=a+0Ab",
    "AUTH=a+b",
    "SIZE=1 SIZE=2",
    "SIZE=1 size=1",
    "SMTPUTF8 SMTPUTF8",
    " SIZE=1",
    "SIZE=1  BODY=7BIT",
    "SIZE=1 ",
    "=1",
    "-SIZE=1",
    "SI_ZE=1",
    "ENVID=a=b",
    "SIZE=\t1",
  ];
  for (const text of WRONG) {
    it(`finds the writing of ${JSON.stringify(text.slice(0, 60))} wrong`, () => {
      const result = parseMailParams(text);
      assert.equal(result.ok ? undefined : result.error.fault, "parameter-syntax");
    });
  }

  for (const text of [
    "FOO=1",
    "FOO",
    "BODY=BINARYMIME",
    "SIZE=1 HOLDFOR=10",
    "NOTIFY=NEVER",
    "MT-PRIORITY=3",
  ]) {
    it(`does not offer ${text}`, () => {
      const result = parseMailParams(text);
      assert.equal(result.ok ? undefined : result.error.fault, "parameter-unknown");
    });
  }
});

describe("parseRcptParams", () => {
  const GOOD: readonly (readonly [string, RcptParams])[] = [
    ["", {}],
    ["NOTIFY=NEVER", { notify: ["NEVER"] }],
    ["notify=success,Failure,DELAY", { notify: ["SUCCESS", "FAILURE", "DELAY"] }],
    ["NOTIFY=DELAY,DELAY", { notify: ["DELAY"] }],
    ["ORCPT=rfc822;bob+2Btag@example.test", { orcpt: "rfc822;bob+tag@example.test" }],
    [`ORCPT=rfc822;${"x".repeat(493)}`, { orcpt: `rfc822;${"x".repeat(493)}` }],
    ["ORCPT=utf-8;bücher@example.test", { orcpt: "utf-8;bücher@example.test" }],
    ["ORCPT=utf-8;b\\x{FC}cher@example.test", { orcpt: "utf-8;b\\x{FC}cher@example.test" }],
    ["NOTIFY=FAILURE ORCPT=rfc822;a@b", { notify: ["FAILURE"], orcpt: "rfc822;a@b" }],
  ];
  for (const [text, params] of GOOD) {
    it(`reads ${JSON.stringify(text.slice(0, 60))}`, () => {
      assert.deepEqual(parseRcptParams(text), { ok: true, value: params });
    });
  }

  const WRONG = [
    "NOTIFY",
    "NOTIFY=",
    "NOTIFY=NEVER,DELAY",
    "NOTIFY=SOMETIMES",
    "NOTIFY=SUCCESS,",
    "NOTIFY=,DELAY",
    "ORCPT",
    "ORCPT=rfc822",
    "ORCPT=;a@b",
    "ORCPT=rfc822;",
    "ORCPT=rfc822;a+0D+0Ab",
    "ORCPT=rfc 822;a",
    "ORCPT=rfc822;bücher@example.test",
    "ORCPT=utf-8;ü+2B",
    `ORCPT=rfc822;${"x".repeat(494)}`,
    "NOTIFY=DELAY NOTIFY=DELAY",
    "ORCPT=a;b ORCPT=a;b",
  ];
  for (const text of WRONG) {
    it(`finds the writing of ${JSON.stringify(text.slice(0, 60))} wrong`, () => {
      const result = parseRcptParams(text);
      assert.equal(result.ok ? undefined : result.error.fault, "parameter-syntax");
    });
  }

  for (const text of ["SIZE=1", "RRVS=2014-04-03T23:01:00Z", "X"]) {
    it(`does not offer ${text}`, () => {
      const result = parseRcptParams(text);
      assert.equal(result.ok ? undefined : result.error.fault, "parameter-unknown");
    });
  }
});
