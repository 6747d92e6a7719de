import assert from "node:assert/strict";
import { test } from "node:test";
import { parseDnsServer } from "./dns-transport.ts";

test("a server is read as node and resolv.conf write it", () => {
  const table: [text: string, address: string, port: number][] = [
    ["192.0.2.53", "192.0.2.53", 53],
    ["192.0.2.53:5353", "192.0.2.53", 5353],
    ["2001:db8::53", "2001:db8::53", 53],
    ["[2001:db8::53]", "2001:db8::53", 53],
    ["[2001:db8::53]:5353", "2001:db8::53", 5353],
  ];
  for (const [text, address, port] of table) {
    assert.deepEqual(parseDnsServer(text), { ok: true, value: { address, port } }, text);
  }
});

test("what is no address is refused with the sentence that says so", () => {
  for (const text of ["", "dns.example.test", "192.0.2.53:0", "192.0.2.53:70000", "[192.0.2.53", "192.0.2"]) {
    const server = parseDnsServer(text);
    assert.ok(!server.ok && server.error.startsWith(`"${text}" is not a DNS server`), text);
  }
});
