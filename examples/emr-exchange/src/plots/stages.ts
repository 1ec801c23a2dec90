// Time and memory of each stage, in the order in which they ran.
import type { TopLevelSpec } from "vega-lite";
import type { DemoReport } from "../report.js";
import { colours, renderSvg } from "./render.js";

/** Two bar charts side by side. */
export async function stagesPlot({ stages }: DemoReport): Promise<string> {
  const values = stages.map(({ name, seconds, peakRssBytes }) => ({
    name,
    seconds,
    mebibytes: peakRssBytes / 2 ** 20,
    time: `${seconds.toFixed(2)} s`,
    memory: `${(peakRssBytes / 2 ** 20).toFixed(0)} MiB`,
  }));
  const panel = (title: string, field: string, text: string, colour: string, labels: boolean) => {
    const x = {
      field,
      type: "quantitative" as const,
      scale: {
        domainMax:
          Math.max(1e-3, ...stages.map((_, i) => Number(values[i]?.[field as "seconds"]))) * 1.18,
        nice: false,
      },
      axis: { title: null, tickCount: 5 },
    };
    const y = {
      field: "name",
      type: "nominal" as const,
      sort: null,
      axis: labels ? { title: null, ticks: false, labelLimit: 200 } : null,
    };
    return {
      title,
      width: 400,
      height: { step: 22 },
      layer: [
        {
          mark: { type: "bar" as const, color: colour, height: { band: 0.7 } },
          encoding: { x, y },
        },
        {
          mark: {
            type: "text" as const,
            align: "left" as const,
            dx: 4,
            fontSize: 10.5,
            color: colours.ink,
          },
          encoding: { x, y, text: { field: text, type: "nominal" as const } },
        },
      ],
    };
  };
  const spec: TopLevelSpec = {
    data: { values },
    spacing: 30,
    hconcat: [
      panel("Seconds", "seconds", "time", colours.estimate, true),
      panel("Peak resident memory, MiB", "mebibytes", "memory", "#009e73", false),
    ],
  };
  return renderSvg(spec, {
    id: "stages",
    title: "Time and memory of each stage",
    description: values.map(({ name, time, memory }) => `${name}: ${time}, ${memory}`).join("; "),
  });
}
