import { join } from "node:path";
import { formatId, type MessageId } from "../../core/ids.ts";
import type { Instant } from "../../core/instant.ts";
import { err, ok, type Result } from "../../core/result.ts";

/**
 * The unique name of a message in a Maildir, without `,S=<size>` and flags: time of acceptance, the message's id, host.
 * It comes of the message alone, so that a delivery repeated after a crash makes the same file again.
 */
export function maildirName(message: MessageId, acceptedAt: Instant, hostname: string): string {
  return `${Math.floor(acceptedAt / 1000)}.M${formatId(message)}.${hostPart(hostname)}`;
}

/** The name of a message's file while it is written in `tmp`; `attempt` keeps apart attempts that run side by side. */
export function temporaryName(name: string, attempt: number): string {
  return `${name}.${attempt}`;
}

/** Whether a file of `tmp/` has a name that only this host's deliveries give. */
export function isTemporaryName(file: string, hostname: string): boolean {
  return /^\d+\.M[0-9A-Z]+\.(.+)\.\d+$/.exec(file)?.[1] === hostPart(hostname);
}

/** https://cr.yp.to/proto/maildir.html: `/` and `:` in the host name are written \057 and \072. */
function hostPart(hostname: string): string {
  return hostname.replaceAll("/", "\\057").replaceAll(":", "\\072");
}

/** Whether a file of `new/` or `cur/` has that unique name, with whatever size and flags after it. */
export function hasMaildirName(file: string, name: string): boolean {
  if (!file.startsWith(name)) return false;
  const next = file[name.length];
  return next === undefined || next === "," || next === ":";
}

/** The Maildir of a mailbox: `<root>/<post office>/<mailbox>/Maildir`. */
export function maildirPath(root: string, postoffice: string, mailbox: string): Result<string> {
  const office = folderName(postoffice);
  if (!office.ok) return office;
  const box = folderName(mailbox.toLowerCase());
  return box.ok ? ok(join(root, office.value, box.value, "Maildir")) : box;
}

const MAX_FOLDER_NAME_BYTES = 255;

// No leading dot, no `..`, no separator of any system, no control character.
const FOLDER_NAME = /^(?!\.)(?!.*\.\.)[^/\\\u0000-\u001f\u007f]+$/;

/** Takes a post office or a mailbox as the name of a folder, where it can be one and nothing else. */
export function folderName(text: string): Result<string> {
  return FOLDER_NAME.test(text) && Buffer.byteLength(text) <= MAX_FOLDER_NAME_BYTES
    ? ok(text)
    : err(`"${text}" cannot be the name of a folder`);
}
