// What numbers of lots tell of one patient, against an attacker who knows every other patient: with and without noise, and
// what the noise costs. Floating point is good enough here: the noise that sites draw is exact (ldp-core).

/** Patients of a site, classes that they fall into, patients in a lot, and epochs that the attacker watches. */
const [PATIENTS, CLASSES, LOT, EPOCHS] = [20_000, 72, 50, 10];

/** Numbers between 0 and 1 that are the same in every run (mulberry32). */
function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let x = Math.imul(state ^ (state >>> 15), 1 | state);
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x;
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The chance of each value of the noise: two-sided geometric, shifted by 14 / epsilon and clipped to 0 and twice that. */
function noiseOf(epsilon: string | undefined): Float64Array {
  if (epsilon === undefined) return Float64Array.of(1);
  const ratio = Math.exp(-Number(epsilon));
  const shift = 14 / Number(epsilon);
  const chances = new Float64Array(2 * shift + 1);
  for (let x = -40 * shift; x <= 40 * shift; x++) {
    const at = Math.min(Math.max(shift + x, 0), 2 * shift);
    chances[at] = (chances[at] as number) + ((1 - ratio) / (1 + ratio)) * ratio ** Math.abs(x);
  }
  return chances;
}

/** Chance of each number of lots of a class of n. */
function lotsOf(n: number, noise: Float64Array): Map<number, number> {
  const chances = new Map<number, number>();
  for (const [x, chance] of noise.entries()) {
    const lots = Math.max(0, Math.floor((n - x) / LOT));
    chances.set(lots, (chances.get(lots) ?? 0) + chance);
  }
  return chances;
}

function draw(chances: ReadonlyMap<number, number>, u: number): number {
  let left = u;
  for (const [lots, chance] of chances) {
    left -= chance;
    if (left < 0) return lots;
  }
  return Math.max(...chances.keys());
}

export interface Counted {
  /** Share of patients who are in a lot. */
  readonly offered: number;
  /** How often the attacker is right about whether its target is there; guessing is right half of the time. */
  readonly right: number;
  /** How often it is certain. */
  readonly certain: number;
}

/** Plays the attacker so many times: does the target take part? Classes gain and lose others from epoch to epoch. */
export function measureCounts(epsilon: string | undefined, tries: number): Counted {
  const random = dice(7);
  const noise = noiseOf(epsilon);
  const mean = PATIENTS / CLASSES;
  let [offered, all, right, certain] = [0, 0, 0, 0];
  for (let i = 0; i < tries; i++) {
    const isThere = random() < 0.5;
    let evidence = 0;
    for (let epoch = 0; epoch < EPOCHS; epoch++) {
      const others = Math.floor(mean * (0.3 + 1.4 * random()));
      const [without, with1] = [lotsOf(others, noise), lotsOf(others + 1, noise)];
      const lots = draw(isThere ? with1 : without, random());
      offered += LOT * lots;
      all += others;
      evidence += Math.log(with1.get(lots) ?? 0) - Math.log(without.get(lots) ?? 0);
    }
    if (Math.abs(evidence) === Number.POSITIVE_INFINITY) certain++;
    if (evidence === 0 ? random() < 0.5 : evidence > 0 === isThere) right++;
  }
  return { offered: offered / all, right: right / tries, certain: certain / tries };
}

const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;

/** The table of the threat model. */
export function countsTable(tries = 4000): string {
  const rows = [undefined, "1", "0.25"].map((epsilon) => {
    const { offered, right, certain } = measureCounts(epsilon, tries);
    return `| ${epsilon ?? "no noise"} | ${percent(offered)} | ${percent(right)} | ${percent(certain)} |`;
  });
  return [
    "| epsilon an epoch | patients offered | right after ten epochs | certain |",
    "|---|---|---|---|",
    ...rows,
  ].join("\n");
}
