/**
 * Dialogs as plain text, so that a test of a protocol can be read by anybody who knows the protocol.
 *
 * | line | meaning |
 * |---|---|
 * | `C: text` | sent with CRLF |
 * | `C~ text` | sent as it is, without CRLF: for lines in pieces, or many lines in one packet |
 * | `S: text` | the next line from the server must be this; `*` or `...` stands for any text, also none |
 * | `S: ...` | any number of lines, also none, up to the one that the next `S:` expects |
 * | `!tls` | the client starts TLS |
 * | `!closed` | the server must close the connection |
 * | `# text` | a comment, as empty lines are |
 *
 * Escapes in `C` lines: `\r \n \0 \t \\` and `\xHH` for any byte; in `S` lines `\*` is a star and `\\` a backslash.
 */
export interface TranscriptStep {
  readonly kind: "send" | "expect" | "skip-to-next" | "tls" | "closed";
  /** What is sent, or the pattern. */
  readonly text: string;
  /** Where it stands in the file, counted from 1. */
  readonly lineNumber: number;
}

/** The connection that a dialog runs over: in memory, TCP or TLS. */
export interface Duplex {
  send(bytes: Uint8Array): void | Promise<void>;
  /** The next line without its CRLF as latin1, or `undefined` when the server has closed. */
  receiveLine(): Promise<string | undefined>;
  /** Upgrades the client's side to TLS. */
  startTls?(): Promise<void>;
}

/** The server said something else. The message shows file and line, both texts, and the dialog so far. */
export class TranscriptMismatch extends Error {
  override readonly name = "TranscriptMismatch";
}

/**
 * Reads a transcript.
 * @throws where a line is of no known form; the message names it.
 */
export function parseTranscript(text: string): TranscriptStep[] {
  return text.split(/\r?\n/).flatMap((line, index) => parseLine(line, index + 1) ?? []);
}

/**
 * Plays the client's part and compares the server's.
 * @param name names the transcript in errors, such as its file name
 * @throws TranscriptMismatch
 */
export async function runTranscript(
  steps: readonly TranscriptStep[],
  duplex: Duplex,
  name = "transcript",
): Promise<void> {
  const dialog: string[] = [];
  let skipping = false;
  for (const step of steps) {
    const mismatch = (got: string) =>
      new TranscriptMismatch(
        [
          `${name}:${step.lineNumber}: expected ${step.text}`,
          `got ${got}`,
          "after:",
          ...dialog.slice(-30),
        ].join("\n  "),
      );
    if (step.kind === "send") {
      dialog.push(`C: ${JSON.stringify(step.text)}`);
      await duplex.send(Buffer.from(step.text, "latin1"));
    } else if (step.kind === "tls") {
      if (duplex.startTls === undefined) throw mismatch("a connection that cannot start TLS");
      await duplex.startTls();
      dialog.push("!tls");
    } else if (step.kind === "closed") {
      const line = await duplex.receiveLine();
      if (line !== undefined) throw mismatch(line);
    } else if (step.kind === "skip-to-next") {
      skipping = true;
    } else {
      await expectLine(step.text, skipping, duplex, dialog, mismatch);
      skipping = false;
    }
  }
}

/** Whether a line is what a pattern of an `S:` line expects. */
export function matchesPattern(line: string, pattern: string): boolean {
  const source = pattern.replace(/\\[*\\]|\*|\.\.\.|[$()+.?[\\\]^{|}]/g, (token) => {
    if (token === "*" || token === "...") return ".*";
    return token.length === 2 ? `\\${token[1]}` : `\\${token}`;
  });
  return new RegExp(`^${source}$`, "s").test(line);
}

async function expectLine(
  pattern: string,
  skipping: boolean,
  duplex: Duplex,
  dialog: string[],
  mismatch: (got: string) => TranscriptMismatch,
): Promise<void> {
  for (;;) {
    const line = await duplex.receiveLine();
    if (line === undefined) throw mismatch("the end of the connection");
    dialog.push(`S: ${line}`);
    if (matchesPattern(line, pattern)) return;
    if (!skipping) throw mismatch(line);
  }
}

function parseLine(line: string, lineNumber: number): TranscriptStep | undefined {
  if (line.trim() === "" || line.startsWith("#")) return undefined;
  const mark = line.slice(0, 2);
  const text = line.slice(2).replace(/^ /, "");
  if (mark === "C:") return { kind: "send", text: `${unescapeBytes(text, lineNumber)}\r\n`, lineNumber };
  if (mark === "C~") return { kind: "send", text: unescapeBytes(text, lineNumber), lineNumber };
  if (mark === "S:" && text === "...") return { kind: "skip-to-next", text, lineNumber };
  if (mark === "S:") return { kind: "expect", text, lineNumber };
  if (line.trimEnd() === "!tls") return { kind: "tls", text: "!tls", lineNumber };
  if (line.trimEnd() === "!closed") return { kind: "closed", text: "!closed", lineNumber };
  throw new Error(`Line ${lineNumber} of the transcript is none of C: C~ S: !tls !closed #: ${line}`);
}

const ESCAPES: Readonly<Record<string, string>> = { r: "\r", n: "\n", t: "\t", "0": "\0", "\\": "\\" };

/** The result has one character for each byte; text beyond ASCII becomes its UTF-8. */
function unescapeBytes(text: string, lineNumber: number): string {
  const bytes = Buffer.from(text, "utf8").toString("latin1");
  return bytes.replace(/\\(x[0-9a-fA-F]{2}|.|$)/gs, (written, code: string) => {
    if (code.startsWith("x") && code.length === 3)
      return String.fromCharCode(Number.parseInt(code.slice(1), 16));
    const character = ESCAPES[code];
    if (character === undefined)
      throw new Error(`Line ${lineNumber} of the transcript: ${written} is no escape.`);
    return character;
  });
}
