// A self-contained page of plots: observed against predicted error, and coverage, one point a table.

/** What a study found for one table. */
export interface TableResult {
  readonly name: string;
  /** Share of intervals that hold the truth. */
  readonly coverage: number;
  /** Root mean square error over cells and seeds. */
  readonly observed: number;
  /** The same, predicted. */
  readonly predicted: number;
}

/** A group of results with a title. */
export interface Panel {
  readonly title: string;
  readonly tables: readonly TableResult[];
}

/** The whole page as HTML. */
export function page(summary: object, panels: readonly Panel[]): string {
  const sections = panels.map(
    ({ title, tables }) =>
      `<section><h2>${title}</h2>${errorPlot(tables)}${coveragePlot(tables)}</section>`,
  );
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Two-way tables: prediction and observation</title>
<style>body{font:15px system-ui;margin:2rem;max-width:70rem}svg{width:32rem;margin-right:1rem}section{margin:2rem 0}</style>
<h1>Two-way tables: prediction against observation</h1>${sections.join("")}
<h2>In all</h2><pre>${JSON.stringify(summary, null, 2)}</pre></html>\n`;
}

const [width, height, margin] = [480, 360, 50];

interface Axis {
  readonly low: number;
  readonly high: number;
  readonly label: string;
  readonly ticks: readonly number[];
}

function plot(
  x: Axis,
  y: Axis,
  points: readonly { readonly x: number; readonly y: number; readonly name: string }[],
  lines: string,
): string {
  const px = (value: number): number =>
    margin + ((value - x.low) / (x.high - x.low)) * (width - 2 * margin);
  const py = (value: number): number =>
    height - margin - ((value - y.low) / (y.high - y.low)) * (height - 2 * margin);
  const dots = points.map(
    (point) =>
      `<circle cx="${px(point.x)}" cy="${py(point.y)}" r="3" fill="#2a6f97" fill-opacity=".7"><title>${point.name}</title></circle>`,
  );
  const xTicks = x.ticks.map(
    (tick) =>
      `<text x="${px(tick)}" y="${height - margin + 16}" text-anchor="middle">${label(tick)}</text>`,
  );
  const yTicks = y.ticks.map(
    (tick) => `<text x="${margin - 6}" y="${py(tick) + 4}" text-anchor="end">${label(tick)}</text>`,
  );
  return `<svg viewBox="0 0 ${width} ${height}" font-size="11"><rect x="${margin}" y="${margin}" width="${width - 2 * margin}" height="${height - 2 * margin}" fill="none" stroke="#999"/>
${lines.replace(/\{([xy]):([^}]+)\}/g, (_, axis: string, value: string) => String(axis === "x" ? px(Number(value)) : py(Number(value))))}
${dots.join("")}${xTicks.join("")}${yTicks.join("")}
<text x="${width / 2}" y="${height - 12}" text-anchor="middle">${x.label}</text><text x="14" y="${height / 2}" transform="rotate(-90 14 ${height / 2})" text-anchor="middle">${y.label}</text></svg>`;
}

const label = (tick: number): string => String(Number(tick.toPrecision(2)));

function errorPlot(tables: readonly TableResult[]): string {
  const all = tables.flatMap(({ observed, predicted }) => [observed, predicted]);
  const axis = {
    low: 0,
    high: Math.max(...all) * 1.05,
    ticks: [0, 0.25, 0.5, 0.75, 1].map((part) => part * Math.max(...all)),
  };
  const diagonal = `<line x1="{x:0}" y1="{y:0}" x2="{x:${axis.high}}" y2="{y:${axis.high}}" stroke="#c44" stroke-dasharray="4"/>`;
  return plot(
    { ...axis, label: "predicted root mean square error" },
    { ...axis, label: "observed" },
    tables.map(({ predicted, observed, name }) => ({ x: predicted, y: observed, name })),
    diagonal,
  );
}

function coveragePlot(tables: readonly TableResult[]): string {
  const low = Math.min(0.92, ...tables.map(({ coverage }) => coverage));
  const line = `<line x1="{x:0}" y1="{y:0.95}" x2="{x:${tables.length}}" y2="{y:0.95}" stroke="#c44" stroke-dasharray="4"/>`;
  return plot(
    { low: 0, high: tables.length, label: "tables, by coverage", ticks: [0, tables.length] },
    { low, high: 1, label: "coverage of 95 % intervals", ticks: [low, 0.95, 1] },
    [...tables]
      .sort((a, b) => a.coverage - b.coverage)
      .map(({ coverage, name }, i) => ({ x: i + 0.5, y: coverage, name })),
    line,
  );
}
