import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Puts messages of that size into a Maildir, with the names that Dovecot and Postern give their files. */
export async function fillMaildir(
  maildir: string,
  { messages, sizeBytes }: { readonly messages: number; readonly sizeBytes: number },
): Promise<void> {
  for (const part of ["tmp", "new", "cur"])
    await mkdir(join(maildir, part), { recursive: true, mode: 0o777 });
  const header = "From: a@peer.test\r\nTo: alice@example.test\r\nSubject: load\r\n\r\n";
  const line = `${"x".repeat(76)}\r\n`;
  const lines = Math.max(1, Math.round((sizeBytes - header.length) / line.length));
  const message = header + line.repeat(lines);
  for (let n = 0; n < messages; n += 1) {
    const name = `${1_700_000_000 + n}.M${n}.mx.example.test,S=${message.length},W=${message.length}`;
    await writeFile(join(maildir, "cur", `${name}:2,`), message, { mode: 0o666 });
  }
}
