import type { PopReply } from "../../core/pop-reply.ts";

/** A reply as it goes over the wire (RFC 1939 3, RFC 2449 8). */
export function encodePopReply({ status, code, text }: PopReply): string {
  return `${status} ${code === undefined ? "" : `[${code}] `}${text}\r\n`;
}
