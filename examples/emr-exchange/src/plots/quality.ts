// What the requesters got: how quality is spread, what it has to do with the price, and whether it was foreseen.
import type { TopLevelSpec } from "vega-lite";
import { figure } from "../html.js";
import type { RequesterReport } from "../report.js";
import { colours, renderSvg } from "./render.js";

/** Three panels over all requesters. */
export async function qualityPlot(requesters: readonly RequesterReport[]): Promise<string> {
  const purposes = [...new Set(requesters.map(({ purpose }) => purpose))].sort();
  const color = {
    field: "purpose",
    type: "nominal" as const,
    scale: { domain: purposes, range: [...colours.purposes] },
    legend: { title: "purpose", orient: "right" as const },
  };
  const unit = (field: string, title: string) => ({
    field,
    type: "quantitative" as const,
    scale: { domain: [0, 1] },
    axis: { title, tickCount: 5 },
  });
  const spec: TopLevelSpec = {
    data: { values: requesters.map((requester) => ({ ...requester })) },
    spacing: 45,
    hconcat: [
      {
        title: "How quality is spread",
        width: 270,
        height: 250,
        mark: { type: "bar" },
        encoding: {
          x: {
            field: "quality",
            bin: { step: 0.05, extent: [0, 1] },
            type: "quantitative",
            scale: { domain: [0, 1] },
            axis: { title: "quality delivered", values: [0, 0.2, 0.4, 0.6, 0.8, 1] },
          },
          y: {
            aggregate: "count",
            type: "quantitative",
            axis: { title: "requesters", tickMinStep: 1 },
          },
          color,
        },
      },
      {
        title: "Quality against price",
        width: 270,
        height: 250,
        mark: { type: "point", filled: true, opacity: 0.7 },
        encoding: {
          x: {
            field: "price",
            type: "quantitative",
            scale: { zero: true },
            axis: { title: "price per record", tickCount: 5 },
          },
          y: unit("quality", "quality delivered"),
          size: {
            field: "delivered",
            type: "quantitative",
            scale: { range: [12, 160] },
            legend: { title: "records delivered", tickCount: 3 },
          },
          color,
        },
      },
      {
        title: "Quality foreseen and delivered",
        width: 250,
        height: 250,
        layer: [
          {
            data: { values: [{ at: 0 }, { at: 1 }] },
            mark: { type: "line", color: colours.muted, strokeDash: [4, 4] },
            encoding: {
              x: { field: "at", type: "quantitative" },
              y: { field: "at", type: "quantitative" },
            },
          },
          {
            mark: { type: "point", filled: true, opacity: 0.7, size: 30 },
            encoding: {
              x: unit("predictedQuality", "foreseen before the matching"),
              y: unit("quality", "quality delivered"),
              color,
            },
          },
        ],
      },
    ],
  };
  const served = requesters.filter(({ delivered }) => delivered > 0);
  const sorted = served.map(({ quality }) => quality).sort((a, b) => a - b);
  const median = sorted[sorted.length >> 1];
  return renderSvg(spec, {
    id: "quality",
    title: "Quality per requester",
    description: `${served.length} of ${requesters.length} requesters received records${
      median === undefined ? "" : `; their median quality is ${figure(median)}`
    }.`,
  });
}
