import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { scanHeader } from "./header-scan.ts";

function scan(text: string) {
  return scanHeader(Buffer.from(text));
}

const message = [
  "Received: from a.example by b.example; Thu, 26 Nov 2026 09:00:00 +0000",
  "RECEIVED: from c.example",
  "\tby d.example;",
  "\tThu, 26 Nov 2026 09:00:00 +0000",
  "received :from e.example by f.example",
  "X-Received: by g.example",
  "From: Alice <alice@example.test>,",
  " Bob <bob@example.test>",
  "Subject: gr\u00fc\u00dfe",
  "From:carol@example.test",
  "",
  "Received: not in the header",
  "",
].join("\r\n");

describe("scanHeader", () => {
  it("counts Received fields of any case, folded or with space before the colon, and no others", () => {
    assert.equal(scan(message).received, 3);
  });

  it("says where the header ends", () => {
    const { headerEnd, complete } = scan(message);
    assert.equal(complete, true);
    assert.ok(Buffer.from(message).subarray(headerEnd).toString().startsWith("\r\nReceived: not in"));
  });

  it("gives the values of all fields of a name, unfolded and trimmed", () => {
    assert.deepEqual(scan(message).fields("from"), [
      "Alice <alice@example.test>, Bob <bob@example.test>",
      "carol@example.test",
    ]);
    assert.deepEqual(scan(message).fields("SUBJECT"), ["gr\u00fc\u00dfe"]);
    assert.deepEqual(scan(message).fields("Sender"), []);
    assert.deepEqual(scan(message).fields("Fro"), []);
  });

  it("takes a message without body, without header, and nothing at all", () => {
    assert.deepEqual(
      { ...scan("A: b\r\n"), fields: 0 },
      { received: 0, headerEnd: 6, complete: false, fields: 0 },
    );
    assert.deepEqual(
      { ...scan("\r\nbody"), fields: 0 },
      { received: 0, headerEnd: 0, complete: true, fields: 0 },
    );
    assert.deepEqual({ ...scan(""), fields: 0 }, { received: 0, headerEnd: 0, complete: false, fields: 0 });
    assert.equal(scan("Received: cut off").received, 1);
  });

  it("passes over lines that are no fields", () => {
    const odd =
      "From alice Thu Nov 26\r\n continued\r\nno colon here\r\n: no name\r\nFrom: a@b.example\r\n\r\n";
    assert.deepEqual(scan(odd).fields("from"), ["a@b.example"]);
    assert.deepEqual(scan("From:\r\n\r\n").fields("from"), [""]);
  });

  it("sees a field behind a bare LF, and does not take a bare CR for the end of a line", () => {
    assert.deepEqual(scan("X: y\nFrom: a@b.example\n\nFrom: body").fields("from"), ["a@b.example"]);
    assert.deepEqual(scan("X: y\rFrom: a@b.example\r\n\r\n").fields("from"), []);
  });

  it("looks at 256 KiB and no more", () => {
    const fields = "Received: x\r\n".repeat(30_000);
    const { received, headerEnd, complete } = scan(fields);
    assert.equal(received, Math.ceil((256 * 1024) / 13));
    assert.deepEqual([headerEnd, complete], [256 * 1024, false]);
    assert.equal(scanHeader(Buffer.alloc(10_000_000, "x")).headerEnd, 256 * 1024);
  });

  it("finds the fields of any header that was written from names and values", () => {
    const name = fc.constantFrom("From", "Received", "X-Long-Name", "To");
    const value = fc.stringMatching(/^[!-~]{1,20}$/);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(name, fc.array(value, { minLength: 1, maxLength: 3 })), { maxLength: 12 }),
        (fields) => {
          const text = fields.map(([field, words]) => `${field}: ${words.join("\r\n\t")}\r\n`).join("");
          const scanned = scan(`${text}\r\nbody`);
          assert.equal(scanned.headerEnd, text.length);
          assert.equal(scanned.received, fields.filter(([field]) => field === "Received").length);
          for (const wanted of ["from", "Received", "x-long-name", "TO"]) {
            const own = fields.filter(([field]) => field.toLowerCase() === wanted.toLowerCase());
            assert.deepEqual(
              scanned.fields(wanted),
              own.map(([, words]) => words.join("\t")),
            );
          }
        },
      ),
    );
  });

  it("takes any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const scanned = scanHeader(Buffer.from(bytes));
        assert.ok(scanned.headerEnd <= bytes.length);
        assert.ok(scanned.fields("from").length <= bytes.length);
      }),
    );
  });
});
