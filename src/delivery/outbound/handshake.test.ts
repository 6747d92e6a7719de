import assert from "node:assert/strict";
import { test } from "node:test";
import { manualTime } from "../../adapters/memory/manual-time.ts";
import { scriptedPeer } from "../../adapters/memory/scripted-peer.ts";
import { openSession } from "./client-session.ts";
import type { PeerProfile } from "./handshake.ts";

const LOGIN = { user: "postern", password: "secret" };
const PLAIN = `AUTH PLAIN ${Buffer.from("\0postern\0secret").toString("base64")}`;
const EHLO = "C: EHLO mx.postern.test";
const GREETING = ["S: 220 mx.peer.test ESMTP", EHLO];
const START = [
  ...GREETING,
  "S: 250-mx.peer.test",
  "S: 250-STARTTLS",
  "S: 250 AUTH PLAIN LOGIN",
  "C: STARTTLS",
];
const SECURED = [...START, "S: 220 go", "TLS: ok", EHLO, "S: 250-mx.peer.test"];

/** Plays the script with a session; says what became of it: `ready`, or the outcome's status. */
async function greet(script: string[], changes: Partial<PeerProfile> = {}) {
  const peer = scriptedPeer(script);
  const profile: PeerProfile = {
    remote: "mx.peer.test [192.0.2.1]",
    helo: "mx.postern.test",
    tls: "may",
    serverName: "mx.peer.test",
    clearPassword: false,
    nonce: () => "nonce",
    ...changes,
  };
  const session = await openSession(peer.wire, profile, manualTime().timers);
  assert.deepEqual(peer.rest(), [], script.join(" | "));
  if (session.ok) return { result: "ready", agreed: session.value.agreed };
  const { outcome, retryInClear } = session.error;
  return { result: `${outcome.kind} ${outcome.status}`, retryInClear, diagnostic: outcome.diagnostic };
}

test("a peer without EHLO is greeted with HELO and asked for nothing more", async () => {
  const script = [...GREETING, "S: 502 5.5.1 what?", "C: HELO mx.postern.test", "S: 250 hello"];
  const { result, agreed } = await greet(script);
  assert.equal(result, "ready");
  assert.equal(agreed?.capabilities.pipelining, false);
});

test("a peer that does not want to talk decides by its code", async () => {
  const table: [script: string[], result: string][] = [
    [["S: 421 4.3.2 too busy", "C: QUIT"], "deferred 4.3.2"],
    [["S: 554 5.7.1 blocked", "C: QUIT"], "failed 5.7.1"],
    [["S: *close*"], "deferred 4.4.2"],
    [["S: hello"], "deferred 4.5.0"],
    [[...GREETING, "S: 451 4.7.1 wait", "C: QUIT"], "deferred 4.7.1"],
    [[...GREETING, "S: 500 what?", "C: HELO mx.postern.test", "S: 550 5.7.1 no", "C: QUIT"], "failed 5.7.1"],
  ];
  for (const [script, result] of table)
    assert.equal((await greet(script)).result, result, script.join(" | "));
});

test("TLS is taken where it is offered, and EHLO is said again", async () => {
  const { result, agreed } = await greet([...SECURED, "S: 250 PIPELINING"]);
  assert.equal(result, "ready");
  assert.ok(agreed?.tls && agreed.capabilities.pipelining && !agreed.capabilities.startTls);
  const never = [...GREETING, "S: 250-mx.peer.test", "S: 250 STARTTLS"];
  assert.equal((await greet(never, { tls: "none" })).agreed?.tls, undefined);
});

test("what came in the clear behind the go-ahead for TLS is thrown away", async () => {
  const injected = [...START, "S: 220 go", "S: 250-forged", "S: 250 PIPELINING"];
  const { result, agreed } = await greet([...injected, "TLS: ok", EHLO, "S: 250 mx.peer.test"]);
  assert.equal(result, "ready");
  assert.equal(agreed?.capabilities.pipelining, false, "the reply read after TLS is the one sent in TLS");
});

test("without TLS, mail goes on only where the route does not ask for it", async () => {
  const plain = [...GREETING, "S: 250 mx.peer.test"];
  const refused = [...START, "S: 454 4.7.0 not now"];
  for (const script of [plain, refused]) {
    assert.equal((await greet(script, { tls: "may" })).result, "ready");
    for (const tls of ["require", "verify"] as const) {
      assert.equal((await greet([...script, "C: QUIT"], { tls })).result, "deferred 4.7.10");
    }
  }
});

test("a TLS handshake that fails is worth a connection in the clear only where the route does not ask for TLS", async () => {
  const script = [...START, "S: 220 go", "TLS: certificate expired"];
  const may = await greet(script, { tls: "may" });
  assert.deepEqual([may.result, may.retryInClear], ["deferred 4.7.5", true]);
  const verify = await greet(script, { tls: "verify" });
  assert.deepEqual([verify.result, verify.retryInClear], ["deferred 4.7.5", false]);
  assert.match(verify.diagnostic ?? "", /certificate expired/);
});

test("a smart host is logged in at by the best mechanism it offers", async () => {
  const plain = [...SECURED, "S: 250 AUTH LOGIN PLAIN", `C: ${PLAIN}`];
  assert.equal((await greet([...plain, "S: 235 2.7.0 in"], { login: LOGIN })).result, "ready");
  const login = [
    ...[...SECURED, "S: 250 AUTH LOGIN", "C: AUTH LOGIN", "S: 334 VXNlcm5hbWU6", "C: cG9zdGVybg=="],
    ...["S: 334 UGFzc3dvcmQ6", "C: c2VjcmV0", "S: 235 2.7.0 in"],
  ];
  assert.equal((await greet(login, { login: LOGIN })).result, "ready");
});

test("a login that fails defers the mail and never bounces it", async () => {
  const plain = [...SECURED, "S: 250 AUTH PLAIN", `C: ${PLAIN}`];
  const table: [script: string[], status: string][] = [
    [[...plain, "S: 535 5.7.8 wrong", "C: QUIT"], "4.7.8"],
    [[...plain, "S: *close*"], "4.4.2"],
    [[...SECURED, "S: 250 PIPELINING", "C: QUIT"], "4.7.8"],
    [[...SECURED, "S: 250 AUTH GSSAPI", "C: QUIT"], "4.7.8"],
  ];
  for (const [script, status] of table) {
    assert.equal((await greet(script, { login: LOGIN })).result, `deferred ${status}`);
  }
});

test("a SCRAM server that has not proved itself is not believed", async () => {
  const first = Buffer.from("n,,n=postern,r=nonce").toString("base64");
  const script = [...GREETING, "S: 250-mx.peer.test", "S: 250 AUTH SCRAM-SHA-256 PLAIN"];
  const forged = [...script, `C: AUTH SCRAM-SHA-256 ${first}`, "S: 235 2.7.0 in", "C: QUIT"];
  const { result, diagnostic } = await greet(forged, { login: LOGIN });
  assert.equal(result, "deferred 4.7.8");
  assert.match(diagnostic ?? "", /proved/);
});

test("a password goes out in the clear only where the route says never to use TLS", async () => {
  const plain = [...GREETING, "S: 250-mx.peer.test", "S: 250 AUTH PLAIN LOGIN"];
  assert.equal((await greet([...plain, "C: QUIT"], { login: LOGIN })).result, "deferred 4.7.8");
  const allowed = { login: LOGIN, tls: "none", clearPassword: true } as const;
  assert.equal((await greet([...plain, `C: ${PLAIN}`, "S: 235 in"], allowed)).result, "ready");
});
