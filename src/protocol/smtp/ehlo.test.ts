import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ehloCapabilities, type PeerCapabilities } from "./ehlo.ts";

const NOTHING: PeerCapabilities = {
  pipelining: false,
  eightBitMime: false,
  smtpUtf8: false,
  startTls: false,
  dsn: false,
  chunking: false,
  enhancedStatusCodes: false,
  auth: [],
};

describe("ehloCapabilities", () => {
  it("reads all that Postfix offers", () => {
    const lines = [
      "mx.example.test",
      "PIPELINING",
      "SIZE 10240000",
      "VRFY",
      "ETRN",
      "STARTTLS",
      "AUTH PLAIN LOGIN",
    ];
    const more = ["ENHANCEDSTATUSCODES", "8BITMIME", "DSN", "SMTPUTF8", "CHUNKING"];
    assert.deepEqual(ehloCapabilities([...lines, ...more]), {
      size: 10_240_000,
      pipelining: true,
      eightBitMime: true,
      smtpUtf8: true,
      startTls: true,
      dsn: true,
      chunking: true,
      enhancedStatusCodes: true,
      auth: ["PLAIN", "LOGIN"],
    });
  });

  const CASES: readonly (readonly [
    name: string,
    lines: readonly string[],
    seen: Partial<PeerCapabilities>,
  ])[] = [
    ["nothing in no lines", [], {}],
    ["nothing in the greeting line", ["STARTTLS"], {}],
    ["nothing in what it does not know", ["x", "STARTTLSX", "X-DSN", ""], {}],
    ["keywords in any case", ["x", "StartTLS", "8bitmime"], { startTls: true, eightBitMime: true }],
    ["keywords with blanks around them", ["x", " DSN  "], { dsn: true }],
    ["no limit in SIZE alone", ["x", "SIZE"], { size: Number.POSITIVE_INFINITY }],
    ["no limit in SIZE 0", ["x", "SIZE 0"], { size: Number.POSITIVE_INFINITY }],
    ["no limit in a SIZE it cannot read", ["x", "SIZE lots"], { size: Number.POSITIVE_INFINITY }],
    ["the old form of AUTH", ["x", "AUTH=LOGIN PLAIN"], { auth: ["LOGIN", "PLAIN"] }],
    [
      "both forms of AUTH, each name once",
      ["x", "AUTH PLAIN", "AUTH=PLAIN LOGIN"],
      { auth: ["PLAIN", "LOGIN"] },
    ],
    ["mechanisms in small letters", ["x", "auth  scram-sha-256"], { auth: ["SCRAM-SHA-256"] }],
    ["no mechanism that cannot be one", ["x", `AUTH PL?AIN ${"A".repeat(21)}`], {}],
    ["no mechanism in AUTH alone", ["x", "AUTH"], {}],
  ];
  for (const [name, lines, seen] of CASES) {
    it(`sees ${name}`, () => {
      assert.deepEqual(ehloCapabilities(lines), { ...NOTHING, ...seen });
    });
  }
});
