/**
 * Finds on which line each key of a TOML document stands. The TOML parser gives positions for syntax errors only, and a
 * person with a wrong value needs its line. The text must have been parsed without error before: this locator walks
 * the structure and trusts it.
 *
 * @returns lines, counted from 1, by key path: `hostname`, `tls.key`, `listeners[1].port`, `dns.servers[0]`.
 */
export function keyLines(text: string): ReadonlyMap<string, number> {
  const lines = new Map<string, number>();
  const tableCounts = new Map<string, number>();
  const cursor = new Cursor(text);
  let table = "";
  for (;;) {
    cursor.skipBlank();
    if (cursor.atEnd()) return lines;
    if (cursor.peek() === "[") {
      const line = cursor.line;
      table = readHeader(cursor, tableCounts);
      note(lines, table, line);
    } else {
      readPair(cursor, table, lines);
    }
  }
}

/** A place in the text that counts lines as it goes. */
class Cursor {
  line = 1;
  #at = 0;
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  atEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  peek(): string {
    return this.#text[this.#at] ?? "";
  }

  startsWith(token: string): boolean {
    return this.#text.startsWith(token, this.#at);
  }

  next(count = 1): string {
    const taken = this.#text.slice(this.#at, this.#at + count);
    for (const character of taken) if (character === "\n") this.line += 1;
    this.#at += count;
    return taken;
  }

  /** Takes characters as long as the test holds. */
  takeWhile(test: (character: string) => boolean): string {
    let taken = "";
    while (!this.atEnd() && test(this.peek())) taken += this.next();
    return taken;
  }

  /** Skips white space, line ends and comments. */
  skipBlank(): void {
    for (;;) {
      this.takeWhile((character) => " \t\r\n".includes(character));
      if (this.peek() !== "#") return;
      this.takeWhile((character) => character !== "\n");
    }
  }
}

/** `[a.b]` or `[[a]]`; the tables that an array of tables already has are counted to give the new one its index. */
function readHeader(cursor: Cursor, tableCounts: Map<string, number>): string {
  const isArray = cursor.startsWith("[[");
  cursor.next(isArray ? 2 : 1);
  const keys = readKeys(cursor);
  cursor.skipBlank();
  cursor.next(isArray ? 2 : 1);
  let path = "";
  for (const [index, key] of keys.entries()) {
    path = join(path, key);
    const count = tableCounts.get(path);
    if (isArray && index === keys.length - 1) {
      tableCounts.set(path, (count ?? 0) + 1);
      return `${path}[${count ?? 0}]`;
    }
    // `[listeners.tls]` after `[[listeners]]` belongs to the last of them.
    if (count !== undefined) path = `${path}[${count - 1}]`;
  }
  return path;
}

function readPair(cursor: Cursor, table: string, lines: Map<string, number>): void {
  const line = cursor.line;
  let path = table;
  for (const key of readKeys(cursor)) {
    path = join(path, key);
    note(lines, path, line);
  }
  cursor.skipBlank();
  cursor.next();
  readValue(cursor, path, lines);
}

function readKeys(cursor: Cursor): string[] {
  const keys: string[] = [];
  for (;;) {
    cursor.skipBlank();
    const quote = cursor.peek();
    keys.push(
      quote === '"' || quote === "'"
        ? readString(cursor)
        : cursor.takeWhile((character) => /[\w-]/.test(character)),
    );
    cursor.skipBlank();
    if (cursor.peek() !== ".") return keys;
    cursor.next();
  }
}

function readValue(cursor: Cursor, path: string, lines: Map<string, number>): void {
  cursor.skipBlank();
  const first = cursor.peek();
  if (first === '"' || first === "'") readString(cursor);
  else if (first === "[") readArray(cursor, path, lines);
  else if (first === "{") readInlineTable(cursor, path, lines);
  else cursor.takeWhile((character) => !",]}#\n\r".includes(character));
}

function readArray(cursor: Cursor, path: string, lines: Map<string, number>): void {
  cursor.next();
  for (let index = 0; ; index += 1) {
    skipSeparators(cursor);
    if (cursor.atEnd() || cursor.peek() === "]") break;
    note(lines, `${path}[${index}]`, cursor.line);
    readValue(cursor, `${path}[${index}]`, lines);
  }
  cursor.next();
}

function readInlineTable(cursor: Cursor, path: string, lines: Map<string, number>): void {
  cursor.next();
  for (;;) {
    skipSeparators(cursor);
    if (cursor.atEnd() || cursor.peek() === "}") break;
    readPair(cursor, path, lines);
  }
  cursor.next();
}

function skipSeparators(cursor: Cursor): void {
  cursor.skipBlank();
  while (cursor.peek() === ",") {
    cursor.next();
    cursor.skipBlank();
  }
}

/** Any of TOML's four kinds of string; escapes other than of the quote matter to nobody here. */
function readString(cursor: Cursor): string {
  const quote = cursor.peek();
  const end = cursor.startsWith(quote.repeat(3)) ? quote.repeat(3) : quote;
  cursor.next(end.length);
  let value = "";
  while (!cursor.atEnd() && !cursor.startsWith(end)) {
    value += cursor.peek() === "\\" && quote === '"' ? cursor.next(2) : cursor.next();
  }
  cursor.next(end.length);
  // `""""` at the end: up to two quotes may stand directly before the closing three.
  while (end.length === 3 && cursor.peek() === quote) value += cursor.next();
  return value;
}

function join(path: string, key: string): string {
  return path === "" ? key : `${path}.${key}`;
}

function note(lines: Map<string, number>, path: string, line: number): void {
  if (!lines.has(path)) lines.set(path, line);
}
