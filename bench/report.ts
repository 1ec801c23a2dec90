// The text a person reads at the end of a run: one line an entry, then how cost grows.
import type { BaselineName } from "./entry.js";
import type { Growth } from "./growth.js";
import type { Measurement } from "./harness.js";

/**
 * A measurement set beside the limit it refers to; `ratio` is units per second over the baseline's units per second, and is
 * missing where the limit could not be measured.
 */
export interface Result extends Measurement {
  readonly baseline: BaselineName;
  readonly ratio: number | undefined;
}

/** An entry without figures, and why. */
export interface Failure {
  readonly name: string;
  readonly error: string;
}

const prefixes = [
  [1e9, "G"],
  [1e6, "M"],
  [1e3, "k"],
  [1, ""],
  [1e-3, "m"],
  [1e-6, "µ"],
  [1e-9, "n"],
] as const;

/** 53_412_000 as "53.4 M". */
export function si(value: number): string {
  const [size, prefix] = prefixes.find(([size]) => value >= size) ?? [1, ""];
  return `${(value / size).toPrecision(3)} ${prefix}`;
}

/** Lines of aligned columns, the first to the left, the others to the right. */
export function columns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, place) =>
    Math.max(...rows.map((row) => (row[place] ?? "").length)),
  );
  return rows
    .map((row) =>
      row
        .map((cell, place) =>
          place === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[place] ?? 0),
        )
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

export function resultTable(results: readonly Result[]): string {
  return columns([
    [
      "benchmark",
      "first call",
      "median",
      "min",
      "max",
      "runs",
      "peak memory",
      "of its limit",
      "limit",
    ],
    ...results.map((result) => [
      result.name,
      si(result.first) + result.unit,
      si(result.median) + result.unit,
      si(result.min) + result.unit,
      si(result.max) + result.unit,
      String(result.runs),
      `${(result.peakRssBytes / 2 ** 20).toFixed(0)} MiB`,
      result.ratio?.toPrecision(3) ?? "no limit",
      result.baseline,
    ]),
  ]);
}

/** The last lines of a run: every entry that could not run, with the first line of its reason, and how many of each there are. */
export function summary(measured: number, failures: readonly Failure[]): string {
  return [
    ...failures.map(({ name, error }) => `could not run ${name}: ${error.split("\n", 1)[0]}`),
    `${measured} measured, ${failures.length} could not run`,
  ].join("\n");
}

export function growthTable(curves: readonly Growth[]): string {
  return columns([
    ["how cost grows", "parameter", "time a unit", "exponent"],
    ...curves.flatMap((curve) =>
      curve.points.map((point, index) => [
        index === 0 ? curve.name : "",
        `${curve.parameter}=${point.value}`,
        `${si(point.cost)}s`,
        point.exponent?.toFixed(2) ?? "",
      ]),
    ),
  ]);
}
