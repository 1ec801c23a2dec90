// A self-contained page of plots: observed against predicted error, and coverage, one point a table.
import type { StudyResult, TableResult } from "./two-way-study.js";

/** One way to estimate and what came of it. */
export interface Panel {
  readonly title: string;
  /** What was done, a sentence. */
  readonly method: string;
  readonly result: StudyResult;
}

/** What was studied. */
export interface Study {
  readonly records: number;
  readonly attributes: readonly string[];
  readonly epsilon: string;
  readonly seeds: number;
}

const style = `body{font:15px/1.45 system-ui,sans-serif;margin:2rem auto;padding:0 1.5rem;max-width:64rem;color:#222}
h1{font-size:1.6rem}h2{font-size:1.2rem;margin:2.2rem 0 .2rem}p{margin:.4rem 0;max-width:50rem}
.plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(22rem,1fr));gap:1rem 2rem}figure{margin:.6rem 0 0}
figcaption{font-weight:600;font-size:.9rem}svg{width:100%;height:auto}table{border-collapse:collapse;margin:.8rem 0}
th,td{padding:.25rem .9rem .25rem 0;text-align:right;border-bottom:1px solid #ddd;font-variant-numeric:tabular-nums}
th:first-child,td:first-child{text-align:left}th{font-weight:600}`;

/** The whole page as HTML. */
export function page(study: Study, panels: readonly Panel[]): string {
  const rows = panels.map(
    ({ title, result: { tables, overall } }) =>
      `<tr><td>${title}</td><td>${tables.length}</td><td>${grouped(overall.cells)}</td><td>${overall.coverage.toFixed(3)}</td><td>${overall.standardizedRms.toFixed(3)}</td></tr>`,
  );
  const sections = panels.map(
    ({ title, method, result: { tables } }) => `<section><h2>${title}</h2><p>${method}</p>
<div class="plots"><figure><figcaption>Error: observed against predicted</figcaption>${errorPlot(tables)}</figure>
<figure><figcaption>Coverage of 95 % intervals</figcaption>${coveragePlot(tables)}</figure></div></section>`,
  );
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Two-way tables: prediction and observation</title>
<style>${style}</style>
<h1>Two-way tables: prediction against observation</h1>
<p>${grouped(study.records)} records, all pairs of ${study.attributes.length} attributes (${study.attributes.join(", ")}),
epsilon ${study.epsilon} a pair, ${study.seeds} seeds. A point is a table; point at it for its name.</p>
<table><tr><th>estimated</th><th>tables</th><th>intervals</th><th>coverage</th><th>error / predicted</th></tr>${rows.join("")}</table>
<p>Dashed: where points would lie if predictions were exact and seeds without end (exact intervals may lie above). Small tables
scatter most: they have the fewest intervals, the errors of their cells go together, and tables of one attribute share its reports.</p>
${sections.join("\n")}</html>\n`;
}

const grouped = (whole: number): string => whole.toLocaleString("en");

const box = { width: 480, height: 340, left: 58, right: 14, top: 12, bottom: 48 };

interface Axis {
  readonly label: string;
  readonly ticks: readonly number[];
  /** Where a value lies, 0 at the low end and 1 at the high. */
  readonly at: (value: number) => number;
}

interface Point {
  readonly x: number;
  readonly y: number;
  readonly name: string;
}

function plot(x: Axis, y: Axis, points: readonly Point[], line: readonly [Point, Point]): string {
  const { width, height, left, right, top, bottom } = box;
  const px = (value: number): string => (left + x.at(value) * (width - left - right)).toFixed(1);
  const py = (value: number): string =>
    (height - bottom - y.at(value) * (height - top - bottom)).toFixed(1);
  const middle = top + (height - top - bottom) / 2;
  const grid = [
    ...x.ticks.map(
      (tick) =>
        `<line x1="${px(tick)}" x2="${px(tick)}" y1="${top}" y2="${height - bottom}"/><text x="${px(tick)}" y="${height - bottom + 17}" text-anchor="middle">${label(tick)}</text>`,
    ),
    ...y.ticks.map(
      (tick) =>
        `<line x1="${left}" x2="${width - right}" y1="${py(tick)}" y2="${py(tick)}"/><text x="${left - 7}" y="${py(tick)}" dy=".35em" text-anchor="end">${label(tick)}</text>`,
    ),
  ];
  const dots = points.map(
    (point) =>
      `<circle cx="${px(point.x)}" cy="${py(point.y)}" r="3.5"><title>${point.name}</title></circle>`,
  );
  const [from, to] = line;
  return `<svg viewBox="0 0 ${width} ${height}" font-size="12" fill="#444"><g stroke="#e4e4e4">${grid.join("").replaceAll("<text", '<text stroke="none"')}</g>
<rect x="${left}" y="${top}" width="${width - left - right}" height="${height - top - bottom}" fill="none" stroke="#999"/>
<line x1="${px(from.x)}" y1="${py(from.y)}" x2="${px(to.x)}" y2="${py(to.y)}" stroke="#b3261e" stroke-dasharray="5 4"/>
<g fill="#2a6f97" fill-opacity=".65">${dots.join("")}</g>
<text x="${left + (width - left - right) / 2}" y="${height - 8}" text-anchor="middle">${x.label}</text>
<text transform="translate(13 ${middle}) rotate(-90)" text-anchor="middle">${y.label}</text></svg>`;
}

const label = (tick: number): string => String(Number(tick.toPrecision(6)));

/** Four to nine round numbers (1, 2 or 5 times a power of ten apart) from low to high. */
function roundTicks(low: number, high: number): number[] {
  const power = 10 ** Math.floor(Math.log10((high - low) / 4));
  const step = power * ([5, 2, 1].find((factor) => factor * power * 4 <= high - low) ?? 1);
  const first = Math.ceil(low / step - 1e-9);
  const count = Math.floor(high / step + 1e-9) - first + 1;
  return Array.from({ length: count }, (_, i) => (first + i) * step);
}

const linear = (low: number, high: number, text: string): Axis => ({
  label: text,
  ticks: roundTicks(low, high),
  at: (value) => (value - low) / (high - low),
});

function errorPlot(tables: readonly TableResult[]): string {
  const points = tables.map(({ predicted, observed, name }) => ({
    x: 100 * predicted,
    y: 100 * observed,
    name: `${name}: ${(100 * observed).toFixed(3)} observed, ${(100 * predicted).toFixed(3)} predicted`,
  }));
  const high = 1.05 * Math.max(...points.flatMap(({ x, y }) => [x, y]));
  return plot(
    linear(0, high, "predicted root mean square error (percentage points)"),
    linear(0, high, "observed (percentage points)"),
    points,
    [
      { x: 0, y: 0, name: "" },
      { x: high, y: high, name: "" },
    ],
  );
}

function coveragePlot(tables: readonly TableResult[]): string {
  const points = tables.map(({ cells, coverage, name }) => ({
    x: cells,
    y: coverage,
    name: `${name}: ${coverage.toFixed(3)} over ${cells} cells`,
  }));
  const [least, most] = [0.8, 1.25].map((slack, i) => {
    const sizes = points.map(({ x }) => x);
    return slack * (i ? Math.max(...sizes) : Math.min(...sizes));
  }) as [number, number];
  const low = Math.min(0.9, Math.floor(50 * Math.min(...points.map(({ y }) => y))) / 50);
  const doublings: Axis = {
    label: "cells of the table",
    ticks: Array.from({ length: 12 }, (_, i) => 2 ** i).filter((t) => t >= least && t <= most),
    at: (value) => Math.log(value / least) / Math.log(most / least),
  };
  return plot(doublings, linear(low, 1.005, "share that holds the truth"), points, [
    { x: least, y: 0.95, name: "" },
    { x: most, y: 0.95, name: "" },
  ]);
}
