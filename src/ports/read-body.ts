import type { BodyStore } from "./body-store.ts";
import type { Body } from "./queue-store.ts";

/** The bytes of a kept message, wherever they are, from the beginning; can be asked for again. */
export function bodyChunks(
  body: Body,
  bodies: Pick<BodyStore, "read">,
): Iterable<Uint8Array> | AsyncIterable<Uint8Array> {
  return body.kind === "inline" ? [body.bytes] : bodies.read(body.name);
}

/**
 * The header of a kept message with the empty line that ends it.
 * @returns at most `maxBytes` from the beginning; all of a message that has no empty line, as far as the bound allows.
 */
export async function bodyHeader(
  body: Body,
  bodies: Pick<BodyStore, "read">,
  maxBytes: number,
): Promise<Buffer> {
  let head: Buffer = Buffer.alloc(0);
  for await (const chunk of bodyChunks(body, bodies)) {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    head = head.length === 0 ? bytes : Buffer.concat([head, bytes]);
    const end = head.indexOf(HEADER_END);
    if (end >= 0) return head.subarray(0, Math.min(end + HEADER_END.length, maxBytes));
    if (head.length >= maxBytes) break;
  }
  return head.subarray(0, maxBytes);
}

const HEADER_END = Buffer.from("\r\n\r\n");

/** All bytes of a kept message; for small ones only. */
export async function readWhole(body: Body, bodies: Pick<BodyStore, "read">): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bodyChunks(body, bodies)) chunks.push(chunk);
  return Buffer.concat(chunks);
}
