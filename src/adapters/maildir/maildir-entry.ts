import { createHash } from "node:crypto";

/** A message's file in a Maildir, as far as its name tells. */
export interface MaildirEntry {
  /** The name without size and flags: the same for life, whatever other programs do to the file. */
  readonly key: string;
  /** Below the Maildir: `new/…` or `cur/…`. */
  readonly path: string;
  /** Seconds since 1970, where the name begins with them, else 0. */
  readonly arrivedAt: number;
  /** The size as sent, from the field `W=` of the name (Maildir++, Dovecot). */
  readonly octets: number | undefined;
}

/** `S=` is the file's size, `W=` the size with CRLF; both are put in front of the flags. */
const SIZE_FIELDS = /,[SW]=\d+/g;
const WIRE_FIELD = /,W=(\d{1,15})(?=[,:]|$)/;

/** Reads a file's name; `undefined` where it is no message's (https://cr.yp.to/proto/maildir.html: names with a dot in front). */
export function maildirEntry(folder: "new" | "cur", file: string): MaildirEntry | undefined {
  if (file.startsWith(".")) return undefined;
  const flags = file.indexOf(":");
  const name = flags < 0 ? file : file.slice(0, flags);
  const hasFields = name.includes(",");
  const octets = hasFields ? WIRE_FIELD.exec(name)?.[1] : undefined;
  return {
    key: hasFields ? name.replace(SIZE_FIELDS, "") : name,
    path: `${folder}/${file}`,
    arrivedAt: Number.parseInt(name, 10) || 0,
    octets: octets === undefined ? undefined : Number(octets),
  };
}

/** RFC 1939 7: a unique id is 1 to 70 characters from `!` to `~`. */
const UNIQUE_ID = /^[!-~]{1,70}$/;

/** The unique id of a message for UIDL: its key, or a hash of it where the key is not of the form. */
export function uniqueId(key: string): string {
  return UNIQUE_ID.test(key) ? key : createHash("sha256").update(key).digest("base64url");
}

/** Oldest first; the same order at each look. */
export function byArrival(a: MaildirEntry, b: MaildirEntry): number {
  if (a.arrivedAt !== b.arrivedAt) return a.arrivedAt - b.arrivedAt;
  return a.key < b.key ? -1 : 1;
}
