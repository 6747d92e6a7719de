/** Bars that are compared with each other. */
export interface Panel {
  readonly title: string;
  readonly bars: readonly Bar[];
}

export interface Bar {
  readonly label: string;
  /** From 0 on. */
  readonly value: number;
  /** The value as it is written beside the bar. */
  readonly text: string;
}

/** Panels with a heading over them, side by side. */
export interface PanelRow {
  readonly heading: string;
  readonly panels: readonly Panel[];
}

const WIDTH = 880;
const MARGIN = 16;
const HEADING_HEIGHT = 46;
const TITLE_HEIGHT = 22;
const BAR_HEIGHT = 16;
const BAR_STEP = 24;
const LABEL_WIDTH = 150;
const VALUE_WIDTH = 64;
const GAP = 24;

// A picture in a page follows the reader's light or dark setting by itself; the background stays the page's.
const STYLE = `
  text { font: 13px system-ui, sans-serif; fill: #1f2328; }
  .heading { font-weight: 600; font-size: 15px; }
  .title, .label { fill: #59636e; }
  .first { fill: #0969da; }
  .other { fill: #afb8c1; }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc; }
    .title, .label { fill: #9198a1; }
    .first { fill: #4493f8; }
    .other { fill: #656c76; }
  }`;

/**
 * A chart of lying bars as an SVG picture, `WIDTH` wide. Each panel has a scale of its own that begins at 0; its first
 * bar stands out.
 */
export function barChart(title: string, rows: readonly PanelRow[]): string {
  let top = MARGIN;
  const drawn = rows.map((row) => {
    const text = drawRow(row, top);
    top += rowHeight(row);
    return text;
  });
  const height = top + MARGIN;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">`,
    `<title>${escapeXml(title)}</title>`,
    `<style>${STYLE}\n</style>`,
    ...drawn.flat(),
    "</svg>\n",
  ].join("\n");
}

function rowHeight({ panels }: PanelRow): number {
  const bars = Math.max(0, ...panels.map((panel) => panel.bars.length));
  return HEADING_HEIGHT + TITLE_HEIGHT + bars * BAR_STEP;
}

function drawRow({ heading, panels }: PanelRow, top: number): string[] {
  const width = (WIDTH - 2 * MARGIN - GAP * (panels.length - 1)) / Math.max(1, panels.length);
  return [
    textAt(MARGIN, top + HEADING_HEIGHT - 18, heading, "heading"),
    ...panels.flatMap((panel, index) =>
      drawPanel(panel, MARGIN + index * (width + GAP), top + HEADING_HEIGHT, width),
    ),
  ];
}

function drawPanel({ title, bars }: Panel, left: number, top: number, width: number): string[] {
  const most = Math.max(...bars.map(({ value }) => value), Number.MIN_VALUE);
  const room = width - LABEL_WIDTH - VALUE_WIDTH;
  return [
    textAt(left, top + 13, title, "title"),
    ...bars.flatMap(({ label, value, text }, index) => {
      const y = top + TITLE_HEIGHT + index * BAR_STEP;
      // A bar that is too short to be seen would look like a figure that is missing.
      const length = Math.max(1, (value / most) * room);
      const x = left + LABEL_WIDTH;
      return [
        textAt(left, y + 13, label, "label"),
        `<rect class="${index === 0 ? "first" : "other"}" x="${round(x)}" y="${y}" width="${round(length)}" height="${BAR_HEIGHT}" rx="2"/>`,
        textAt(x + length + 6, y + 13, text, "value"),
      ];
    }),
  ];
}

function textAt(x: number, y: number, text: string, kind: string): string {
  return `<text class="${kind}" x="${round(x)}" y="${round(y)}">${escapeXml(text)}</text>`;
}

function round(value: number): string {
  return String(Math.round(value * 10) / 10);
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
