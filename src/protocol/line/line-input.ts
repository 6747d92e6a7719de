import { byteInput } from "./byte-input.ts";
import { type LineEvent, lineReader } from "./line-reader.ts";

/** The receiving side of a session that is nothing but lines. */
export interface LineInput {
  push(chunk: Buffer): void;
  next(): LineEvent | undefined;
  /** Drops all that has been pushed and not been read, also a line that has begun; says how many bytes that was. */
  clear(): number;
  readonly buffered: number;
}

/** Makes the receiving side. `maxLineBytes` counts the CRLF. */
export function lineInput(limits: { readonly maxLineBytes: number }): LineInput {
  const lines = lineReader(limits.maxLineBytes);
  const input = byteInput<LineEvent>();
  return {
    push: (chunk) => input.push(chunk),
    next: () => input.next(lines),
    clear: () => input.clear() + lines.clear(),
    get buffered() {
      return input.unread + lines.held;
    },
  };
}
