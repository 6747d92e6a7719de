import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, beforeEach, describe, test } from "node:test";
import { type Fetching, popClients } from "../support/pop-clients.ts";
import { ALICE, type PosternServer, startPostern } from "../support/postern-server.ts";
import { runProcess } from "../support/process.ts";
import { needsTool, toolPath } from "../support/tools.ts";

/** Dots at the start of lines, line ends of both kinds, a long line, bytes beyond ASCII, an end without line end. */
const MESSAGES: Readonly<Record<string, string>> = {
  "1700000001.a.peer,S=60": "From: a@x.test\r\nSubject: dots\r\n\r\n.\r\n..\r\n.leading\r\nend\r\n",
  "1700000002.b.peer:2,S": "From: b@x.test\nSubject: unix\n\nline\n.dot\n",
  "1700000003.c.peer": `From: c@x.test\r\nSubject: long\r\n\r\n${"x".repeat(900)}\r\n${"y".repeat(70_000).replace(/.{70}/g, "$&\r\n")}`,
  "1700000004.d.peer": "From: d@x.test\r\nSubject: bytes\r\n\r\n\xe4\xf6\xfc \xff\r\nno end",
};

/** Short enough to be shown where it is not what it should be. */
const digest = (text: string) =>
  `${text.length} ${createHash("sha256").update(text, "latin1").digest("hex")}`;

const EXPECTED = Object.values(MESSAGES)
  .map((text) => text.replaceAll("\r\n", "\n"))
  .map((text) => (text.endsWith("\n") ? text : `${text}\n`))
  .map(digest)
  .sort();

/** What each program can do. */
const WAYS: Readonly<Record<keyof typeof popClients, readonly Pick<Fetching, "tls" | "mechanism">[]>> = {
  mpop: [
    { tls: "stls" },
    { tls: "implicit", mechanism: "SCRAM-SHA-256" },
    { tls: "implicit", mechanism: "LOGIN" },
  ],
  fetchmail: [{ tls: "stls" }, { tls: "implicit" }],
  getmail: [{ tls: "implicit" }],
  curl: [
    { tls: "stls", mechanism: "PLAIN" },
    { tls: "implicit", mechanism: "LOGIN" },
  ],
  python3: [{ tls: "stls" }, { tls: "implicit" }],
};

describe("programs that fetch mail", () => {
  let postern: PosternServer;
  let maildir: string;
  before(async () => {
    postern = await startPostern();
    maildir = join(postern.dataFolder, "Postoffices", "example", ALICE.user, "Maildir");
    for (const part of ["tmp", "new", "cur"]) await mkdir(join(maildir, part), { recursive: true });
  });
  after(() => postern?.stop());
  beforeEach(async () => {
    for (const [name, text] of Object.entries(MESSAGES))
      await writeFile(join(maildir, name.includes(":") ? "cur" : "new", name), text, "latin1");
  });

  const left = async () => {
    const names = await Promise.all(["new", "cur"].map((part) => readdir(join(maildir, part))));
    return names.flat().length;
  };

  for (const program of Object.keys(WAYS) as (keyof typeof popClients)[]) {
    for (const way of WAYS[program]) {
      const { tls, mechanism = "its own way" } = way;
      test(
        `${program} fetches every byte and leaves or takes it (${tls}, ${mechanism})`,
        needsTool(program),
        async () => {
          const visit = { ...ALICE, ...way, port: postern.port(tls === "stls" ? "pop3" : "pop3s") };
          const kept = await popClients[program](visit);
          assert.equal(kept.code, 0, kept.output);
          assert.deepEqual(kept.messages.map(digest).sort(), EXPECTED);
          assert.equal(await left(), 4);
          if (program === "curl") return;
          const taken = await popClients[program]({ ...visit, remove: true });
          assert.equal(taken.code, 0, taken.output);
          assert.equal(taken.messages.length, 4);
          assert.equal(await left(), 0);
        },
      );
    }
    test(`${program} is told that a password is wrong`, needsTool(program), async () => {
      const visit = { ...ALICE, password: "wrong", tls: "implicit", port: postern.port("pop3s") } as const;
      const refused = await popClients[program](visit);
      assert.notEqual(refused.code, 0);
      assert.equal(refused.messages.length, 0);
    });
  }

  test("nmap sees what may be said", needsTool("nmap"), async () => {
    const port = String(postern.port("pop3"));
    const args = ["-Pn", "-p", port, "--script", "+pop3-capabilities", "127.0.0.1"];
    const { output } = await runProcess(toolPath("nmap"), args);
    for (const word of ["TOP", "UIDL", "STLS", "PIPELINING", "RESP-CODES", "AUTH-RESP-CODE", "EXPIRE(NEVER)"])
      assert.ok(output.includes(word), `${word} in ${output}`);
    assert.ok(!output.includes("USER"), output);
  });
});
