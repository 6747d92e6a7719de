import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { describe, it } from "node:test";
import fc from "fast-check";
import { instant, plusMs } from "../../core/instant.ts";
import type { ReportRecipient } from "./delivery-status.ts";
import { buildReport, type Report } from "./report.ts";

const at = instant(Date.UTC(2026, 10, 26, 10, 0, 0));
const bob: ReportRecipient = {
  recipient: "bob@other.example",
  orcpt: "rfc822;Bob@other.example",
  action: "failed",
  status: "5.1.1",
  diagnostic:
    "550 5.1.1 <bob@other.example>: Recipient address rejected: User unknown in\r\nvirtual mailbox table",
  remoteMta: "mail.other.example",
  lastAttemptAt: plusMs(at, -1000),
};
const failed: Report = {
  hostname: "mx.example.test",
  reportingMta: "mx.example.test",
  from: "MAILER-DAEMON@mx.example.test",
  to: "alice@example.test",
  at,
  messageId: "0F3K9QZ7A2M.report@mx.example.test",
  boundary: "=_0F3K9QZ7A2M",
  kind: "failed",
  envid: "QQ314159",
  arrivalAt: plusMs(at, -5 * 86_400_000),
  recipients: [
    bob,
    {
      recipient: "carol@far.example",
      action: "failed",
      status: "5.4.7",
      diagnostic: "no server of far.example answered for 5 days",
      lastAttemptAt: plusMs(at, -1000),
    },
  ],
  original: { header: Buffer.from("From: alice@example.test\r\nSubject: hello\r\n\r\nbody") },
  utf8: false,
};
const full = Buffer.from("From: alice@example.test\r\nSubject: hello\r\n\r\nThe whole message.\r\n");
const waiting: ReportRecipient = {
  ...bob,
  action: "delayed",
  status: "4.4.1",
  diagnostic: "connection timed out",
};

const international: Report = {
  ...failed,
  to: "j\u00fcrgen@example.test",
  recipients: [
    {
      ...bob,
      recipient: "bj\u00f6rn+x@\u00f6ther.example",
      orcpt: "utf-8;bj\u00f6rn+x@\u00f6ther.example",
    },
  ],
  original: {
    header: Buffer.from("From: j\u00fcrgen@example.test\r\n"),
    full: Buffer.from("From: j\u00fcrgen@example.test\r\n\r\ngr\u00fc\u00dfe\r\n"),
  },
  utf8: true,
};

const goldens: Readonly<Record<string, Report>> = {
  failed,
  delayed: {
    ...failed,
    kind: "delayed",
    recipients: [waiting],
    willRetryUntil: plusMs(at, 4 * 86_400_000),
  },
  delivered: {
    ...failed,
    kind: "delivered",
    recipients: [
      { ...bob, action: "delivered", status: "2.0.0", diagnostic: "250 2.0.0 Ok: queued as 1A2B3C" },
      { ...bob, recipient: "team@other.example", action: "expanded", status: "2.0.0", diagnostic: "" },
    ],
    original: { ...failed.original, full },
  },
  relayed: {
    ...failed,
    kind: "relayed",
    recipients: [{ ...bob, action: "relayed", status: "2.0.0", diagnostic: "250 Ok" }],
  },
  international,
};

/** One part, or a whole message: header fields unfolded, by lower-case name; and what follows the empty line. */
function readPart(text: string): { fields: Map<string, string>; body: string } {
  const end = text.indexOf("\r\n\r\n");
  assert.ok(end >= 0, "a header ends in an empty line");
  return { fields: readFields(text.slice(0, end)), body: text.slice(end + 4) };
}

function readFields(text: string): Map<string, string> {
  const lines = text.replace(/\r\n(?=[ \t])/g, "").split("\r\n");
  return new Map(
    lines
      .filter((line) => line !== "")
      .map((line) => {
        const match = /^([A-Za-z-]+):[ \t]*(.*)$/s.exec(line);
        assert.ok(match, `not a header field: ${line}`);
        return [match[1]?.toLowerCase() ?? "", match[2] ?? ""];
      }),
  );
}

/** Takes a report apart; fails where it is not the MIME structure that RFC 3464 wants. */
function readReport(bytes: Buffer) {
  const text = bytes.toString("latin1");
  assert.ok(!/\r(?!\n)|(?<!\r)\n/.test(text), "CRLF throughout");
  assert.ok(
    text.split("\r\n").every((line) => line.length <= 998),
    "no line over 998 octets",
  );
  const { fields, body } = readPart(text);
  const type = fields.get("content-type") ?? "";
  assert.match(type, /^multipart\/report; report-type=delivery-status;/);
  const boundary = /boundary="([^"]+)"/.exec(type)?.[1] ?? "";
  const pieces = `\r\n${body}`.split(`\r\n--${boundary}`);
  assert.equal(pieces.length, 5, "three parts between four delimiters");
  assert.equal(pieces[4], "--\r\n");
  const parts = pieces.slice(1, 4).map((piece) => readPart(piece.replace(/^\r\n/, "")));
  const [message = "", ...recipients] = (parts[1]?.body ?? "").split("\r\n\r\n");
  return {
    fields,
    parts: parts as [(typeof parts)[0], (typeof parts)[0], (typeof parts)[0]],
    status: readFields(message),
    recipients: recipients.map(readFields),
  };
}

describe("buildReport, golden", () => {
  for (const [name, report] of Object.entries(goldens)) {
    it(`writes golden/${name}.eml (UPDATE_GOLDEN=1 writes it anew)`, () => {
      const file = new URL(`./golden/${name}.eml`, import.meta.url);
      // Goldens are kept with plain line ends, so that no version control changes them.
      const text = buildReport(report).toString().replaceAll("\r\n", "\n");
      if (process.env["UPDATE_GOLDEN"]) writeFileSync(file, text);
      assert.equal(text, readFileSync(file, "utf8").replaceAll("\r\n", "\n"));
    });
  }
});

describe("buildReport", () => {
  it("has a part for people, one for programs, and the header", () => {
    const { fields, parts, status, recipients } = readReport(buildReport(failed));
    assert.equal(fields.get("to"), "<alice@example.test>");
    assert.equal(fields.get("auto-submitted"), "auto-replied");
    assert.equal(fields.get("mime-version"), "1.0");
    assert.equal(fields.has("content-transfer-encoding"), false);
    assert.deepEqual(
      parts.map((part) => part.fields.get("content-type")),
      ["text/plain; charset=us-ascii", "message/delivery-status", "text/rfc822-headers"],
    );
    assert.deepEqual([...status.keys()], ["reporting-mta", "original-envelope-id", "arrival-date"]);
    assert.equal(recipients.length, 2);
    assert.equal(recipients[0]?.get("original-recipient"), "rfc822; Bob@other.example");
    assert.equal(recipients[0]?.get("final-recipient"), "rfc822; bob@other.example");
    assert.equal(recipients[0]?.get("status"), "5.1.1");
    assert.match(recipients[0]?.get("diagnostic-code") ?? "", /^smtp; 550 5\.1\.1 .* virtual mailbox table$/);
    assert.equal(parts[2].body, "From: alice@example.test\r\nSubject: hello\r\n");
  });

  it("tells people who, why, the other server's answer and what to do", () => {
    const { body } = readReport(buildReport(failed)).parts[0];
    assert.match(body, /^bob@other\.example\r\n/m);
    assert.match(body, /no mailbox of that name/);
    assert.match(body, /The server mail\.other\.example answered:\r\n {8}550 5\.1\.1/);
    assert.match(body, /What to do: Check the address/);
  });

  it("does not call its own words the answer of another server", () => {
    const { recipients } = readReport(buildReport(failed));
    assert.equal(
      recipients[1]?.get("diagnostic-code"),
      "X-Postern; no server of far.example answered for 5 days",
    );
    assert.equal(recipients[1]?.has("remote-mta"), false);
  });

  it("says until when it tries, of delayed recipients only", () => {
    const willRetryUntil = plusMs(at, 86_400_000);
    const { recipients, parts } = readReport(
      buildReport({ ...failed, kind: "delayed", recipients: [waiting, bob], willRetryUntil }),
    );
    assert.equal(recipients[0]?.get("will-retry-until"), "Fri, 27 Nov 2026 10:00:00 +0000");
    assert.equal(recipients[1]?.has("will-retry-until"), false);
    assert.match(parts[0].body.replace(/\s+/g, " "), /goes on trying until Fri, 27 Nov 2026 10:00:00 \+0000/);
  });

  it("returns the whole message where it is given, marked 8bit where it is", () => {
    const bytes = Buffer.from("A: b\r\n\r\ngr\xfc\xdfe\r\n", "latin1");
    const { fields, parts } = readReport(
      buildReport({ ...failed, original: { ...failed.original, full: bytes } }),
    );
    assert.equal(parts[2].fields.get("content-type"), "message/rfc822");
    assert.equal(parts[2].body, bytes.toString("latin1"));
    assert.equal(parts[2].fields.get("content-transfer-encoding"), "8bit");
    assert.equal(fields.get("content-transfer-encoding"), "8bit");
    assert.match(parts[0].body, /Your message is attached\./);
  });

  it("uses the types of RFC 6533 where the report may go out with SMTPUTF8", () => {
    const types = (report: Report) =>
      readReport(buildReport(report)).parts.map((part) => part.fields.get("content-type"));
    assert.deepEqual(types(international), [
      "text/plain; charset=utf-8",
      "message/global-delivery-status",
      "message/global",
    ]);
    const headerOnly = { ...international, original: { header: international.original.header } };
    assert.equal(types(headerOnly)[2], "message/global-headers");
  });

  it("escapes an address beyond ASCII where the report is ASCII", () => {
    const { recipients } = readReport(buildReport({ ...international, utf8: false }));
    const escaped = "utf-8; bj\\x{F6}rn\\x{2B}x@\\x{F6}ther.example";
    assert.equal(recipients[0]?.get("final-recipient"), escaped);
    assert.equal(recipients[0]?.get("original-recipient"), escaped);
  });

  it("gives the general status of the action where there is none of the right form", () => {
    const broken = { ...bob, status: "550" };
    const done = { ...bob, status: "", action: "relayed" as const };
    const { recipients } = readReport(
      buildReport({ ...failed, recipients: [broken, { ...waiting, status: "4" }, done] }),
    );
    assert.deepEqual(
      recipients.map((each) => each.get("status")),
      ["5.0.0", "4.0.0", "2.0.0"],
    );
  });

  it("chooses another boundary than one that the message holds", () => {
    const bait = Buffer.from(
      "A: b\r\n\r\n--=_0F3K9QZ7A2M\r\nContent-Type: text/evil\r\n\r\n--=_0F3K9QZ7A2M.1--\r\n",
    );
    const { parts } = readReport(buildReport({ ...failed, original: { header: bait, full: bait } }));
    assert.equal(parts[2].body, bait.toString());
  });

  it("keeps its structure whatever the texts of others are", () => {
    const words = fc.oneof(
      fc.string({ unit: "binary", maxLength: 80 }),
      fc.string({
        unit: fc.constantFrom("\r", "\n", "a", ":", ";", "-", "=", "_", " ", "\u00e9", "\u{1f600}", "\0"),
        maxLength: 2500,
      }),
    );
    const recipient = fc.record({
      recipient: words,
      orcpt: words,
      diagnostic: words,
      remoteMta: words,
      status: words,
    });
    const texts = fc.record({ to: words, envid: words, messageId: words, boundary: words, header: words });
    fc.assert(
      fc.property(
        texts,
        fc.array(recipient, { minLength: 1, maxLength: 3 }),
        fc.boolean(),
        (own, others, utf8) => {
          const { header, ...rest } = own;
          const report = readReport(
            buildReport({
              ...failed,
              ...rest,
              utf8,
              original: { header: Buffer.from(header) },
              recipients: others.map((each) => ({ ...bob, ...each })),
            }),
          );
          assert.equal(report.recipients.length, others.length);
          const known =
            /^(original-recipient|final-recipient|action|status|remote-mta|diagnostic-code|last-attempt-date)$/;
          for (const fields of report.recipients) {
            for (const name of fields.keys()) assert.match(name, known);
            assert.equal(fields.get("action"), "failed");
          }
          const names = [...report.fields.keys()].filter((name) => name !== "content-transfer-encoding");
          assert.equal(
            names.join(),
            "from,to,subject,date,message-id,auto-submitted,mime-version,content-type",
          );
        },
      ),
    );
  });
});
