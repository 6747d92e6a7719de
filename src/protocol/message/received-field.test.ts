import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type Domain, parseDomain } from "../../core/domain.ts";
import { instant } from "../../core/instant.ts";
import { type IpAddress, parseIp } from "../../core/ip-address.ts";
import { scanHeader } from "./header-scan.ts";
import { protocolName, type ReceivedTrace, receivedField } from "./received-field.ts";

function ip(text: string): IpAddress {
  const parsed = parseIp(text);
  assert.ok(parsed);
  return parsed;
}

const hostname = parseDomain("mx.example.test") as Domain;
const base: ReceivedTrace = {
  helo: "client.example",
  clientIp: ip("192.0.2.7"),
  hostname,
  protocol: "ESMTP",
  id: "0F3K9QZ7A2M",
  at: instant(Date.UTC(2026, 10, 26, 9, 5, 0)),
};

describe("receivedField", () => {
  it("writes the field of RFC 5321 4.4, folded", () => {
    assert.equal(
      receivedField(base),
      "Received: from client.example ([192.0.2.7])\r\n\tby mx.example.test with ESMTP\r\n\tid 0F3K9QZ7A2M;\r\n\tThu, 26 Nov 2026 09:05:00 +0000\r\n",
    );
  });

  it("names the client's host, TLS and the recipient where they are known", () => {
    assert.equal(
      receivedField({
        ...base,
        clientIp: ip("2001:db8::7"),
        clientName: "host.client.example",
        protocol: "ESMTPSA",
        tls: { version: "TLSv1.3", cipher: "TLS_AES_256_GCM_SHA384" },
        recipient: '"bob b"@example.test',
      }),
      "Received: from client.example (host.client.example [IPv6:2001:db8::7])\r\n" +
        "\tby mx.example.test with ESMTPSA (TLSv1.3 TLS_AES_256_GCM_SHA384)\r\n" +
        '\tid 0F3K9QZ7A2M\r\n\tfor <"bob b"@example.test>;\r\n\tThu, 26 Nov 2026 09:05:00 +0000\r\n',
    );
  });

  it("repeats a HELO that is a name or a literal, and makes other text harmless", () => {
    for (const [helo, shown] of [
      ["[192.0.2.7]", "[192.0.2.7]"],
      ["[IPv6:2001:db8::7]", "[IPv6:2001:db8::7]"],
      ["WIN_PC", "WIN_PC"],
      ["b\u00fccher.example", "xn--bcher-kva.example"],
      ["a) (b; Bcc:\r\nx", "a???b??Bcc???x"],
      ["[192.0.2.7] (ok)", "?192.0.2.7???ok?"],
      ["", "unknown"],
    ] as const) {
      assert.ok(receivedField({ ...base, helo }).startsWith(`Received: from ${shown} (`), helo);
    }
  });

  it("names a recipient beyond ASCII in a UTF8SMTP session only", () => {
    const recipient = "j\u00fcrgen@example.test";
    assert.ok(!receivedField({ ...base, recipient }).includes("for"));
    assert.ok(receivedField({ ...base, protocol: "UTF8SMTP", recipient }).includes(`for <${recipient}>;`));
  });

  it("leaves out a recipient that could break the field", () => {
    for (const recipient of ["a>; evil <b@c", '"a\r\nBcc: x"@b', "no-at-sign", ""]) {
      assert.ok(!receivedField({ ...base, recipient }).includes("for <"), recipient);
    }
  });

  it("stays one field of short lines, whatever the client says", () => {
    const words = fc.oneof(
      fc.string({ unit: "binary", maxLength: 600 }),
      fc.string({
        unit: fc.constantFrom("\r", "\n", "(", ")", ";", "[", "]", "\\", '"', "a", "@", "<", ">", " "),
      }),
    );
    fc.assert(
      fc.property(words, words, words, words, (helo, clientName, recipient, cipher) => {
        const field = receivedField({
          ...base,
          helo,
          clientName,
          recipient,
          tls: { version: cipher, cipher },
        });
        const lines = field.split("\r\n");
        assert.equal(lines.pop(), "");
        assert.ok(lines.every((line) => /^[\x20-\x7e\t]+$/.test(line) && Buffer.byteLength(line) < 998));
        assert.ok(lines.slice(1).every((line) => line.startsWith("\t")));
        assert.equal(scanHeader(Buffer.from(field)).received, 1);
        assert.equal(lines.at(-1), "\tThu, 26 Nov 2026 09:05:00 +0000");
      }),
    );
  });
});

describe("protocolName", () => {
  it("names every kind of session as RFC 3848 and RFC 6531 4.3 do", () => {
    for (const [name, esmtp, tls, auth, utf8] of [
      ["SMTP", false, false, false, false],
      ["SMTP", false, true, false, false],
      ["ESMTP", true, false, false, false],
      ["ESMTPS", true, true, false, false],
      ["ESMTPA", true, false, true, false],
      ["ESMTPSA", true, true, true, false],
      ["UTF8SMTP", true, false, false, true],
      ["UTF8SMTPS", true, true, false, true],
      ["UTF8SMTPA", true, false, true, true],
      ["UTF8SMTPSA", true, true, true, true],
    ] as const) {
      assert.equal(protocolName({ esmtp, tls, auth, utf8 }), name);
    }
  });
});
