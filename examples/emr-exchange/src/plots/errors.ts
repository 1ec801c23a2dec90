// Are the predicted standard errors right? Errors against predictions, and standardized errors against the normal curve.
import type { TopLevelSpec } from "vega-lite";
import { figure, percent } from "../html.js";
import type { AttributeReport } from "../report.js";
import { colours, renderSvg } from "./render.js";

const binWidth = 0.25;
const widest = 4;

/** Error against predicted standard error (frequencies), and the histogram of error / standard error (all estimates). */
export async function errorPlot(attributes: readonly AttributeReport[]): Promise<string> {
  const all = attributes.flatMap(({ estimates }) => estimates);
  const points = all
    .filter(({ kind, standardError }) => kind === "frequency" && standardError > 0)
    .map(({ estimate, truth, standardError }) => ({
      predicted: standardError,
      error: Math.abs(estimate - truth),
    }));
  const z = all
    .filter(({ standardError }) => standardError > 0)
    .map(({ estimate, truth, standardError }) => (estimate - truth) / standardError);
  const rms = Math.sqrt(z.reduce((sum, value) => sum + value * value, 0) / Math.max(z.length, 1));
  const covering = all.filter(
    ({ truth, interval: [low, high] }) => low <= truth && truth <= high,
  ).length;

  const most = Math.max(1e-9, ...points.map(({ predicted }) => predicted));
  const least = Math.min(most / 2, ...points.map(({ predicted }) => predicted));
  const floor = least / 100; // smaller errors are drawn here: a logarithmic axis has no 0
  const lines = [1, 1.96].flatMap((factor) =>
    [least, most].map((predicted) => ({
      predicted,
      error: factor * predicted,
      line: factor === 1 ? "1 ×" : "1.96 ×",
    })),
  );
  const x = {
    field: "predicted",
    type: "quantitative" as const,
    scale: { type: "log" as const, nice: false, domain: [least * 0.9, most * 1.1] },
    axis: { title: "predicted standard error", format: "~g", tickCount: 4, grid: false },
  };
  const y = {
    field: "error",
    type: "quantitative" as const,
    scale: { type: "log" as const, nice: false, domain: [floor, most * 5] },
    axis: { title: "absolute error", format: "~g", tickCount: 4, grid: false },
  };
  const spec: TopLevelSpec = {
    spacing: 60,
    hconcat: [
      {
        title: "Each frequency's error against its prediction",
        width: 440,
        height: 300,
        layer: [
          {
            data: { values: points.map((p) => ({ ...p, error: Math.max(p.error, floor) })) },
            mark: { type: "point", filled: true, color: colours.estimate, opacity: 0.45, size: 22 },
            encoding: { x, y },
          },
          {
            data: { values: lines },
            mark: { type: "line", color: colours.truth, strokeWidth: 1.5 },
            encoding: {
              x,
              y,
              strokeDash: {
                field: "line",
                type: "nominal",
                legend: null,
                scale: {
                  domain: ["1 ×", "1.96 ×"],
                  range: [
                    [1, 0],
                    [5, 4],
                  ],
                },
              },
            },
          },
          {
            // The factor of each line, at its right end.
            data: { values: lines.filter(({ predicted }) => predicted === most) },
            mark: { type: "text", align: "left", dx: 8, color: colours.truth, fontSize: 11 },
            encoding: { x, y, text: { field: "line", type: "nominal" } },
          },
        ],
      },
      {
        title: "Error / predicted standard error, and the standard normal curve",
        width: 440,
        height: 300,
        layer: [
          {
            data: { values: histogram(z) },
            mark: { type: "rect", color: colours.estimate, opacity: 0.55, stroke: "white" },
            encoding: {
              x: {
                field: "low",
                type: "quantitative",
                scale: { domain: [-widest, widest], nice: false },
                axis: { title: "standardized error", values: [-4, -3, -2, -1, 0, 1, 2, 3, 4] },
              },
              x2: { field: "high" },
              y: {
                field: "density",
                type: "quantitative",
                axis: { title: "density", tickCount: 5 },
              },
              y2: { datum: 0 },
            },
          },
          {
            data: { values: normalCurve() },
            mark: { type: "line", color: colours.truth, strokeWidth: 2 },
            encoding: {
              x: { field: "x", type: "quantitative" },
              y: { field: "density", type: "quantitative" },
            },
          },
        ],
      },
    ],
  };
  return renderSvg(spec, {
    id: "errors",
    title: "Errors against their predictions",
    description: `${all.length} estimates: the root mean square of error / predicted standard error is ${figure(rms)} (1 is expected); ${percent(covering / Math.max(all.length, 1))} of the 95 % intervals hold the truth.`,
  });
}

/** Densities in bins; errors beyond the widest bin are counted in it. */
function histogram(z: readonly number[]): { low: number; high: number; density: number }[] {
  const bins = (2 * widest) / binWidth;
  const counts = new Array<number>(bins).fill(0);
  for (const value of z) {
    const bin = Math.min(bins - 1, Math.max(0, Math.floor((value + widest) / binWidth)));
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return counts.map((count, bin) => ({
    low: bin * binWidth - widest,
    high: (bin + 1) * binWidth - widest,
    density: count / (Math.max(z.length, 1) * binWidth),
  }));
}

function normalCurve(): { x: number; density: number }[] {
  return Array.from({ length: 161 }, (_, i) => {
    const x = -widest + i * 0.05;
    return { x, density: Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI) };
  });
}
