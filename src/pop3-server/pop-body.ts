import { messageEncoder } from "../protocol/pop3/message-encoder.ts";
import type { PopBody } from "./pop-state.ts";

/** Lines are gathered to pieces of this size. */
const PIECE_CHARACTERS = 16 * 1024;

/** The octets of a multi-line response without its end mark, piece after piece, each made when it is asked for. */
export function bodyPieces(body: PopBody): AsyncIterable<Buffer> | Iterable<Buffer> {
  return body.kind === "lines" ? linePieces(body.lines) : messagePieces(body);
}

function* linePieces(lines: Iterable<string>): Iterable<Buffer> {
  let text = "";
  for (const line of lines) {
    text += `${line}\r\n`;
    if (text.length < PIECE_CHARACTERS) continue;
    yield Buffer.from(text, "latin1");
    text = "";
  }
  if (text !== "") yield Buffer.from(text, "latin1");
}

async function* messagePieces({
  content,
  maxBodyLines,
}: Extract<PopBody, { kind: "message" }>): AsyncIterable<Buffer> {
  const encoder = messageEncoder(maxBodyLines);
  for await (const chunk of content) {
    yield* encoder.write(chunk);
    if (encoder.full) return;
  }
  yield* encoder.end();
}
