/** A column of a table: its head, and what a row has in it. */
export interface Column<Row> {
  readonly head: string;
  readonly cell: (row: Row) => string | number | boolean | undefined;
  /** Numbers stand at the right. */
  readonly align?: "right";
}

/** A table for people: a head and aligned columns, two blanks between. The last column is not padded. */
export function formatTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const lines = [
    columns.map(({ head }) => head),
    ...rows.map((row) => columns.map(({ cell }) => printable(String(cell(row) ?? "")))),
  ];
  const widths = columns.map((_, index) => Math.max(...lines.map((line) => widthOf(line[index] ?? ""))));
  return lines.map((line) => `${formatLine(line, columns, widths)}\n`).join("");
}

function formatLine<Row>(
  cells: readonly string[],
  columns: readonly Column<Row>[],
  widths: readonly number[],
): string {
  const padded = cells.map((cell, index) => {
    const padding = " ".repeat((widths[index] ?? 0) - widthOf(cell));
    return columns[index]?.align === "right" ? padding + cell : cell + padding;
  });
  return padded.join("  ").trimEnd();
}

function widthOf(text: string): number {
  return [...text].length;
}

/** Takes control characters out: what other servers say and clients claim must not steer a terminal. */
export function printable(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, "?");
}

/** Lines of `name  value`, aligned, for one thing; values that are absent or empty are left out. */
export function formatFields(fields: readonly (readonly [string, string | number | undefined])[]): string {
  const shown = fields.filter(([, value]) => value !== undefined && value !== "");
  const width = Math.max(...shown.map(([name]) => name.length));
  return shown.map(([name, value]) => `${name.padEnd(width)}  ${printable(String(value))}\n`).join("");
}

/** A moment for people: `2026-11-24 12:00:03Z`. */
export function shortTime(iso: string): string {
  return iso.replace("T", " ").replace(/\.\d+Z$/, "Z");
}
