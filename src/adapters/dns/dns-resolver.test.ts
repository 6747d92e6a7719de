import assert from "node:assert/strict";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import dns2 from "dns2";
import { type Domain, parseDomain } from "../../core/domain.ts";
import type { Resolver } from "../../ports/resolver.ts";
import { type ManualTime, manualTime } from "../memory/manual-time.ts";
import { dnsResolver } from "./dns-resolver.ts";
import type { DnsServer } from "./dns-transport.ts";

const { Packet } = dns2;
const { A, AAAA, MX, CNAME, SOA } = Packet.TYPE;
const domain = (text: string): Domain => parseDomain(text)!;
const record = (type: number, ttl: number, data: object) => ({ type, ttl, ...data });

/** Records by name; `alias`es are answered without what they lead to when the name begins with `far`. */
const ZONE: Record<string, ReturnType<typeof record>[]> = {
  "example.test": [
    record(MX, 300, { exchange: "b.example.test", priority: 20 }),
    record(MX, 60, { exchange: "a.example.test", priority: 10 }),
  ],
  "a.example.test": [record(A, 300, { address: "192.0.2.1" }), record(AAAA, 120, { address: "2001:db8::1" })],
  "no-mail.test": [record(MX, 300, { exchange: "", priority: 0 })],
  "only-address.test": [record(A, 300, { address: "192.0.2.2" })],
  "half.test": [record(MX, 300, { exchange: "a.example.test", priority: 0 })],
  "near.test": [record(CNAME, 30, { domain: "a.example.test" })],
  "far.test": [record(CNAME, 30, { domain: "a.example.test" })],
  "circle.test": [record(CNAME, 30, { domain: "circle2.test" })],
  "circle2.test": [record(CNAME, 30, { domain: "circle.test" })],
  "large.test": Array.from({ length: 100 }, (_, i) =>
    record(MX, 300, { exchange: `host-with-a-long-name-${i}.large.test`, priority: i }),
  ),
};

let asked: string[] = [];
let silent = false;
let server: DnsServer;
const udp = dns2.createUDPServer(answer);
const tcp = dns2.createTCPServer(answer);

function answer(request: dns2.Packet, send: (response: dns2.Packet) => void): void {
  const question = request.questions[0]!;
  const response = Packet.createResponseFromRequest(request);
  asked.push(`${Packet.TYPE_NAME[question.type!]} ${question.name}`);
  if (silent) return;
  const found = ZONE[question.name];
  const broken = question.name === "broken.test" || (question.name === "half.test" && question.type === AAAA);
  if (broken) response.header.rcode = Packet.RCODE.SERVFAIL;
  else if (question.name === "refused.test") response.header.rcode = Packet.RCODE.REFUSED;
  else if (!found) response.header.rcode = Packet.RCODE.NXDOMAIN;
  const add = (name: string) => {
    for (const one of ZONE[name] ?? []) {
      if (one.type !== question.type && one.type !== CNAME) continue;
      response.answers.push({ name, class: Packet.CLASS.IN, ...one } as unknown as dns2.Packet.Resource);
      if (one.type === CNAME && name === "near.test") add("a.example.test");
    }
  };
  add(question.name);
  response.authorities.push({
    name: "test",
    type: SOA,
    class: Packet.CLASS.IN,
    ttl: 900,
    ...{
      primary: "ns.test",
      admin: "root.test",
      serial: 1,
      refresh: 1,
      retry: 1,
      expiration: 1,
      minimum: 40,
    },
  } as unknown as dns2.Packet.Resource);
  send(response);
}

before(async () => {
  udp.listen(0, "127.0.0.1");
  await once(udp, "listening");
  const { port } = udp.address() as AddressInfo;
  tcp.listen(port, "127.0.0.1");
  await once(tcp, "listening");
  server = { address: "127.0.0.1", port };
});
after(() => {
  udp.close();
  tcp.close();
});

function resolver(servers: DnsServer[] = [server]): Resolver & { time: ManualTime } {
  asked = [];
  const time = manualTime();
  const { clock, timers } = time;
  return { time, ...dnsResolver({ servers, timeoutMs: 2000, tries: 2, clock, timers, random: Math.random }) };
}

test("MX records come with their preferences and the least TTL", async () => {
  assert.deepEqual(await resolver().mx(domain("example.test")), {
    kind: "found",
    value: [
      { preference: 20, exchange: "b.example.test" },
      { preference: 10, exchange: "a.example.test" },
    ],
    ttlSeconds: 60,
  });
});

test("the null MX has an empty exchange", async () => {
  const answer = await resolver().mx(domain("no-mail.test"));
  assert.deepEqual(answer.kind === "found" && answer.value, [{ preference: 0, exchange: "" }]);
});

test("addresses of both versions come together, IPv6 first, and one version alone will do", async () => {
  const dns = resolver();
  const both = await dns.addresses(domain("a.example.test"));
  assert.deepEqual(both.kind === "found" && both.value.map(({ text }) => text), ["2001:db8::1", "192.0.2.1"]);
  const one = await dns.addresses(domain("only-address.test"));
  assert.deepEqual(one.kind === "found" && one.value.map(({ text }) => text), ["192.0.2.2"]);
});

test("no such name, no such record and no answer are told apart", async () => {
  const dns = resolver();
  assert.deepEqual(await dns.mx(domain("nowhere.test")), { kind: "no-name" });
  assert.deepEqual(await dns.addresses(domain("nowhere.test")), { kind: "no-name" });
  assert.deepEqual(await dns.mx(domain("only-address.test")), { kind: "no-data" });
  const half = await dns.addresses(domain("half.test"));
  assert.equal(half.kind, "no-answer", "IPv6 unanswered: that there is no IPv4 address does not decide");
  for (const [name, rcode] of [
    ["broken.test", "SERVFAIL"],
    ["refused.test", "REFUSED"],
  ] as const) {
    const answer = await dns.mx(domain(name));
    assert.ok(answer.kind === "no-answer" && answer.detail.endsWith(rcode), JSON.stringify(answer));
  }
  assert.equal(asked.filter((question) => question === "MX broken.test").length, 2, "tried twice");
});

test("an alias is followed, within the answer or by asking again, and a circle gives no answer", async () => {
  const dns = resolver();
  for (const name of ["near.test", "far.test"]) {
    const answer = await dns.addresses(domain(name));
    assert.ok(answer.kind === "found", name);
    assert.deepEqual([answer.value.length, answer.ttlSeconds], [2, 30], name);
  }
  assert.ok(asked.includes("A a.example.test"));
  assert.equal((await dns.mx(domain("circle.test"))).kind, "no-answer");
});

test("an answer too long for UDP is fetched by TCP", async () => {
  const answer = await resolver().mx(domain("large.test"));
  assert.equal(answer.kind === "found" && answer.value.length, 100);
  assert.deepEqual(asked, ["MX large.test", "MX large.test"]);
});

test("answers are kept until their TTL is over, also those that say no", async () => {
  const dns = resolver();
  const lives = [
    ["example.test", 60],
    ["nowhere.test", 40],
    ["only-address.test", 40],
  ] as const;
  for (const [name, ttlSeconds] of lives) {
    await dns.mx(domain(name));
    dns.time.advance((ttlSeconds - 1) * 1000);
    const kept = await dns.mx(domain(name));
    if (kept.kind === "found") assert.equal(kept.ttlSeconds, 1);
    assert.equal(asked.length, 1, name);
    dns.time.advance(1000);
    await dns.mx(domain(name));
    assert.equal(asked.length, 2, name);
    asked = [];
  }
});

test("no answer is not kept", async () => {
  const dns = resolver();
  await dns.mx(domain("broken.test"));
  await dns.mx(domain("broken.test"));
  assert.equal(asked.length, 4);
});

test("questions for one name at one time are asked once", async () => {
  const dns = resolver();
  const answers = await Promise.all(Array.from({ length: 10 }, () => dns.mx(domain("example.test"))));
  assert.ok(answers.every(({ kind }) => kind === "found"));
  assert.deepEqual(asked, ["MX example.test"]);
});

test("a server that is silent is given up after the time-out, one that is not there at once, and the next is asked", async () => {
  const gone = { address: "127.0.0.1", port: 1 };
  assert.equal((await resolver([gone, server]).mx(domain("example.test"))).kind, "found");
  silent = true;
  const dns = resolver();
  const answer = dns.mx(domain("example.test"));
  for (let tries = 1; tries <= 2; tries += 1) {
    while (asked.length < tries) await new Promise(setImmediate);
    dns.time.advance(2000);
  }
  silent = false;
  const { kind, detail } = (await answer) as { kind: string; detail: string };
  assert.equal(kind, "no-answer");
  assert.match(detail, /no answer within 2000 ms$/);
});

test("without a server there is no answer, and localhost needs none", async () => {
  const dns = resolver([]);
  assert.equal((await dns.mx(domain("example.test"))).kind, "no-answer");
  const local = await dns.addresses(domain("localhost"));
  assert.deepEqual(local.kind === "found" && local.value.map(({ text }) => text), ["::1", "127.0.0.1"]);
  assert.equal((await dns.mx(domain("localhost"))).kind, "no-name");
});
