// How cost grows: entries that share package, subject and operation and differ in one number of their parameters.
import type { BenchEntry } from "./entry.js";

/** Cost at one value of the parameter. */
export interface GrowthPoint {
  readonly value: number;
  /** Seconds a unit of work. */
  readonly cost: number;
  /** `log(cost ratio) / log(value ratio)` against the point before: 0 constant, 1 linear in the parameter. */
  readonly exponent: number | undefined;
}

/** One curve: its name (with `*` for the parameter that varies) and its points by increasing value. */
export interface Growth {
  readonly name: string;
  readonly unit: string;
  readonly parameter: string;
  readonly points: readonly GrowthPoint[];
}

const suffixes: Readonly<Record<string, number>> = { k: 1e3, M: 1e6 };

/** The number in `d=16`, `n=1e6`, `n=200k` or `n=1M`. */
export function parameterValue(text: string): number | undefined {
  const match = /^([\d.]+(?:e\d+)?)([kM]?)$/.exec(text);
  return match ? Number(match[1]) * (suffixes[match[2] ?? ""] ?? 1) : undefined;
}

/** The curves among measured entries. `unitsPerSecond` is each entry's rate. */
export function growth(
  measured: readonly { entry: Pick<BenchEntry, "name" | "unit">; unitsPerSecond: number }[],
): Growth[] {
  const curves = new Map<string, Growth & { points: GrowthPoint[] }>();
  for (const { entry, unitsPerSecond } of measured) {
    const parts = entry.name.split("/");
    const parameters = (parts[3] ?? "").split(",");
    parameters.forEach((parameter, place) => {
      const [key = "", text = ""] = parameter.split("=");
      const value = parameterValue(text);
      if (value === undefined) return;
      const others = parameters.map((same, index) => (index === place ? `${key}=*` : same));
      const name = [...parts.slice(0, 3), others.join(",")].join("/");
      const curve = curves.get(name) ?? { name, unit: entry.unit, parameter: key, points: [] };
      curve.points.push({ value, cost: 1 / unitsPerSecond, exponent: undefined });
      curves.set(name, curve);
    });
  }
  return [...curves.values()]
    .filter(({ points }) => points.length > 1)
    .map((curve) => ({ ...curve, points: withExponents(curve.points) }));
}

function withExponents(points: readonly GrowthPoint[]): GrowthPoint[] {
  const sorted = [...points].sort((a, b) => a.value - b.value);
  return sorted.map((point, index) => {
    const before = sorted[index - 1];
    if (!before) return point;
    const exponent = Math.log(point.cost / before.cost) / Math.log(point.value / before.value);
    return { ...point, exponent };
  });
}
