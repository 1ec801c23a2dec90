// The ledger over time: one row a kind of entry, darker where more entries were made.
import type { TopLevelSpec } from "vega-lite";
import { whole } from "../html.js";
import type { DemoReport } from "../report.js";
import { colours, renderSvg } from "./render.js";

/** The timeline of all entries by kind, with each kind's total. */
export async function ledgerPlot({ ledger }: DemoReport): Promise<string> {
  const { timeline, slotSeconds } = ledger;
  const totals = new Map<string, { total: number; first: number }>();
  for (const { kind, seconds, entries } of timeline) {
    const before = totals.get(kind) ?? { total: 0, first: seconds };
    totals.set(kind, {
      total: before.total + entries,
      first: Math.min(before.first, seconds),
    });
  }
  const kinds = [...totals].sort(([, a], [, b]) => a.first - b.first).map(([kind]) => kind);
  const end = Math.max(slotSeconds, ...timeline.map(({ seconds }) => seconds + slotSeconds));
  const most = Math.max(2, ...timeline.map(({ entries }) => entries));
  const y = {
    field: "kind",
    type: "nominal" as const,
    scale: { domain: kinds, paddingInner: 0.15 },
    axis: {
      title: null,
      ticks: false,
      domain: false,
      labelLimit: 220,
      grid: true,
      tickBand: "extent" as const,
    },
  };
  const spec: TopLevelSpec = {
    width: 780,
    height: { step: 20 },
    layer: [
      {
        data: {
          values: timeline.map((slot) => ({ ...slot, until: slot.seconds + slotSeconds })),
        },
        mark: { type: "rect" },
        encoding: {
          x: {
            field: "seconds",
            type: "quantitative",
            scale: { domain: [0, end], nice: false },
            axis: { title: "seconds since the run began", grid: true, tickCount: 10 },
          },
          x2: { field: "until" },
          y,
          color: {
            field: "entries",
            type: "quantitative",
            scale: { type: "log", scheme: "blues", domain: [0.5, most] },
            legend: {
              title: ["entries in", `${slotSeconds.toFixed(2)} s`],
              tickCount: 4,
              format: "~s",
              offset: 74,
            },
          },
        },
      },
      {
        data: {
          values: kinds.map((kind) => ({ kind, text: whole(totals.get(kind)?.total ?? 0) })),
        },
        mark: { type: "text", align: "right", dx: 56, fontSize: 11, color: colours.ink },
        encoding: { x: { value: 780 }, y, text: { field: "text", type: "nominal" } },
      },
    ],
  };
  return renderSvg(spec, {
    id: "ledger",
    title: "The ledger's timeline",
    description: `${whole(ledger.entries)} entries: ${kinds
      .map((kind) => `${kind} ${whole(totals.get(kind)?.total ?? 0)}`)
      .join(", ")}.`,
  });
}
