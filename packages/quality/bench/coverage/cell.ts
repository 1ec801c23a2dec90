// One cell of the grid: how often an interval covers, exactly, and how wide it is on average.
import { frequencyVariance } from "@emrx/quality";
import { frequencyInterval, normalInterval } from "@emrx/quality/intervals";
import { countLaw, type Law, type Textbook } from "./laws.js";

/** What is found at one cell. */
export interface Cell {
  readonly channel: Textbook;
  readonly n: number;
  /** The true frequency: of a cohort a multiple of 1/n. */
  readonly f: number;
  readonly target: "cohort" | "population";
  readonly coverage: number;
  readonly width: number;
  /** Of the normal interval, the estimate's own variance plugged in. */
  readonly normalCoverage: number;
  readonly normalWidth: number;
}

interface Ends {
  readonly lower: number;
  readonly upper: number;
}

export function cellAt(
  channel: Textbook,
  n: number,
  frequency: number,
  target: "cohort" | "population",
): Cell {
  const { p, q } = channel;
  const f = frequencyOf(n, frequency, target);
  const law = countLaw(channel, n, f, target);
  const own = (count: number): Ends => frequencyInterval({ p, q, count, n, target });
  return { channel, n, f, target, ...monotone(law, f, own), ...normalAt(channel, n, f, target) };
}

/** Of a cohort only multiples of 1/n are frequencies. */
const frequencyOf = (n: number, frequency: number, target: string): number =>
  target === "cohort" ? Math.round(frequency * n) / n : frequency;

/** How often the normal interval covers, and how wide it is. */
export function normalAt(
  channel: Textbook,
  n: number,
  frequency: number,
  target: "cohort" | "population",
): Pick<Cell, "normalCoverage" | "normalWidth"> {
  const { p, q } = channel;
  const f = frequencyOf(n, frequency, target);
  return every(countLaw(channel, n, f, target), f, (count) => {
    const estimate = (count / n - q) / (p - q);
    const plugged = Math.min(1, Math.max(0, estimate));
    const variance = frequencyVariance({ p, q, n, frequency: plugged, target });
    return normalInterval({ estimate, variance: Math.max(0, variance) });
  });
}

/** The nominal coverage less half a point. */
export const enough = 0.945;

/**
 * Whether the normal interval covers as it says at every frequency that the default interval does not tell from f, a 32nd part of its width
 * apart. At f alone it may cover by luck: from no count at all it concludes that nobody has the value, which is right where nobody has.
 */
export function normalCovers({ channel, n, f, target, width, normalCoverage }: Cell): boolean {
  if (normalCoverage < enough) return false;
  for (let step = -16; step <= 16; step++) {
    const near = f + (step / 16) * width;
    if (near < 0 || near > 1) continue;
    if (normalAt(channel, n, near, target).normalCoverage < enough) return false;
  }
  return true;
}

/** How many times as wide as the normal interval; of a cohort one person is not divided. */
export const widthRatio = ({ n, target, width, normalWidth }: Cell): number =>
  Math.max(0, width - (target === "cohort" ? 1 / n : 0)) / normalWidth;

const slack = 1e-12;
const holds = ({ lower, upper }: Ends, f: number): boolean =>
  lower <= f + slack && upper >= f - slack;

/** Both ends grow with the count: those that cover are consecutive, and are found by halving. The width is taken at 40 counts. */
function monotone(
  law: Law,
  f: number,
  interval: (count: number) => Ends,
): { readonly coverage: number; readonly width: number } {
  const { from, probabilities } = law;
  const size = probabilities.length;
  if (size <= 60) {
    let [coverage, width] = [0, 0];
    probabilities.forEach((probability, i) => {
      if (probability < 1e-13) return;
      const ends = interval(from + i);
      width += probability * (ends.upper - ends.lower);
      if (holds(ends, f)) coverage += probability;
    });
    return { coverage, width };
  }
  const first = (condition: (count: number) => boolean): number => {
    let [low, high] = [0, size];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (condition(from + middle)) high = middle;
      else low = middle + 1;
    }
    return low;
  };
  const start = first((count) => interval(count).upper >= f - slack);
  const end = first((count) => interval(count).lower > f + slack);
  const coverage = probabilities.slice(start, end).reduce((sum, x) => sum + x, 0);
  let width = 0;
  let [cumulative, next, taken] = [0, 0.0125, 0];
  probabilities.forEach((probability, i) => {
    cumulative += probability;
    for (; next <= cumulative && taken < 40; next += 0.025, taken++) {
      const { lower, upper } = interval(from + i);
      width += (upper - lower) / 40;
    }
  });
  return { coverage, width };
}

function every(
  { from, probabilities }: Law,
  f: number,
  interval: (count: number) => Ends,
): { readonly normalCoverage: number; readonly normalWidth: number } {
  let [normalCoverage, normalWidth] = [0, 0];
  probabilities.forEach((probability, i) => {
    if (probability < 1e-13) return;
    const ends = interval(from + i);
    normalWidth += probability * (ends.upper - ends.lower);
    if (holds(ends, f)) normalCoverage += probability;
  });
  return { normalCoverage, normalWidth };
}
