// Estimates with their 95 % intervals against the truth, one small picture an attribute.
import { figure, percent, whole } from "../html.js";
import type { AttributeReport, EstimateReport } from "../report.js";
import { colours, renderSvg } from "./render.js";

/** More values than this, and only the most frequent are drawn. */
const mostValues = 10;

const shown = (text: string): string => (text.length > 18 ? `${text.slice(0, 17)}…` : text);

/** One attribute's picture and the line that stands under its name; `index` is its place on the page. */
export async function estimatePlot(
  attribute: AttributeReport,
  index: number,
): Promise<{ svg: string; note: string }> {
  const numeric = attribute.type === "numeric";
  const cells = attribute.estimates.filter(({ kind }) => kind === (numeric ? "mean" : "frequency"));
  const drawn = mostFrequent(cells);
  const values = drawn.map(({ value, truth, estimate, interval: [low, high] }, i) => ({
    // The number keeps values apart whose shortened names are the same.
    value: `${i}:${value === null ? "missing" : shown(value)}`,
    truth,
    estimate,
    low,
    high,
    error: 100 * (estimate - truth),
    errorLow: 100 * (low - truth),
    errorHigh: 100 * (high - truth),
    none: 0,
  }));
  const shares = panel({
    fields: ["truth", "low", "high", "estimate"],
    width: numeric ? 160 : 86,
    labels: true,
    x: {
      scale: { zero: !numeric, nice: true },
      axis: { title: numeric ? null : "share", tickCount: 3, format: numeric ? ".4~r" : ".0%" },
    },
  });
  const errors = panel({
    fields: ["none", "errorLow", "errorHigh", "error"],
    width: 74,
    labels: false,
    x: { scale: { nice: true }, axis: { title: "error, points", tickCount: 3, format: ".4~r" } },
  });
  const svg = await renderSvg(
    numeric
      ? { data: { values }, ...shares }
      : { data: { values }, spacing: 12, hconcat: [shares, errors] },
    {
      id: `attribute-${index}`,
      title: `${attribute.name}: estimate, 95 % interval and truth`,
      description: describe(attribute, cells, drawn.length),
    },
  );
  return { svg, note: noteOf(attribute, cells.length, drawn.length) };
}

interface PanelForm {
  /** Fields with the truth, the interval's ends and the estimate. */
  readonly fields: readonly [truth: string, low: string, high: string, estimate: string];
  readonly width: number;
  /** Whether the values' names stand on the left. */
  readonly labels: boolean;
  readonly x: { readonly scale: object; readonly axis: object };
}

/** A row a value: an orange tick for the truth, a blue interval with the estimate on it. */
function panel({ fields, width, labels, x: form }: PanelForm) {
  const [truth, low, high, estimate] = fields;
  const y = {
    field: "value",
    type: "nominal" as const,
    sort: null,
    axis: labels
      ? {
          title: null,
          labelExpr: "slice(datum.label, indexof(datum.label, ':') + 1)",
          ticks: false,
          domain: false,
          labelPadding: 6,
          labelLimit: 88,
          minExtent: 44,
        }
      : null,
  };
  const x = (field: string) => ({
    field,
    type: "quantitative" as const,
    ...form,
    axis: {
      ...form.axis,
      labelOverlap: true,
      labelFlush: true,
      titleFontSize: 10,
      titlePadding: 2,
    },
  });
  return {
    width,
    height: { step: 15 },
    encoding: { y },
    layer: [
      {
        mark: { type: "tick" as const, color: colours.truth, thickness: 2.5, size: 13 },
        encoding: { x: x(truth) },
      },
      {
        mark: { type: "rule" as const, color: colours.estimate, strokeWidth: 1.5 },
        encoding: { x: x(low), x2: { field: high } },
      },
      {
        mark: {
          type: "point" as const,
          filled: true,
          color: colours.estimate,
          size: 24,
          opacity: 1,
        },
        encoding: { x: x(estimate) },
      },
    ],
  };
}

function mostFrequent(cells: readonly EstimateReport[]): readonly EstimateReport[] {
  if (cells.length <= mostValues) return cells;
  const kept = new Set([...cells].sort((a, b) => b.truth - a.truth).slice(0, mostValues));
  return cells.filter((cell) => kept.has(cell));
}

function noteOf(attribute: AttributeReport, cells: number, drawn: number): string {
  const groups = new Map<string, number[]>();
  attribute.mechanisms.forEach((mechanism, i) => {
    const epsilons = groups.get(mechanism) ?? [];
    groups.set(mechanism, [...epsilons, attribute.epsilons[i] ?? Number.NaN]);
  });
  const used = [...groups].map(([name, epsilons]) => `${name} ε ${epsilons.join(", ")}`);
  const parts = [used.join("; "), `n ${whole(attribute.n)}`];
  if (drawn < cells) parts.push(`${drawn} most frequent of ${cells} values`);
  if (attribute.type === "numeric") {
    const missing = attribute.estimates.find(({ kind }) => kind === "frequency");
    if (missing !== undefined)
      parts.push(`missing ${percent(missing.estimate)} (truth ${percent(missing.truth)})`);
  }
  return parts.join(" · ");
}

function describe(
  attribute: AttributeReport,
  cells: readonly EstimateReport[],
  drawn: number,
): string {
  const covering = `${attribute.intervalsCovering} of ${attribute.cells} intervals hold the truth; the largest error is ${figure(attribute.maxAbsError)}.`;
  const list = cells
    .slice(0, drawn)
    .map(
      ({ value, estimate, truth }) =>
        `${value ?? "missing"}: estimate ${figure(estimate)}, truth ${figure(truth)}`,
    );
  return `${covering} ${list.join("; ")}.`;
}
