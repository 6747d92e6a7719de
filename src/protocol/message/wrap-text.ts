// No line may have more than 998 octets (RFC 5322 2.1.1). 200 characters have at most 800.
const WORD_PIECES = /.{1,200}/gsu;

/**
 * Breaks text into lines of at most `width` octets at its spaces; a longer word stands alone, and one that is too long
 * for any line is split.
 * @param indent what each line but the first begins with.
 */
export function wrapText(text: string, width: number, indent: string): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ").flatMap((each) => each.match(WORD_PIECES) ?? [])) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (line !== "" && Buffer.byteLength(longer) > width) {
      lines.push(line);
      line = indent + word;
    } else {
      line = longer;
    }
  }
  return line === "" ? lines : [...lines, line];
}

/** A header field, folded (RFC 5322 2.2.3) and ended by CRLF. The value must have no line ends. */
export function foldedField(name: string, value: string): string {
  return `${wrapText(`${name}: ${value}`, 76, " ").join("\r\n")}\r\n`;
}
