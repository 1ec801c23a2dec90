// The numbers of docs/left-out.md: why some well-known mechanisms are not in this package.
import { readFileSync } from "node:fs";
import { rational as R, sharedJson, testWithShared } from "@emrx/testkit";
import { expect, test } from "vitest";
import { seededRandom } from "../../src/index.js";
import { olh, oue, subsetSelection, windowMechanism, windowMixture } from "../../src/mechanisms.js";
import { expectClose } from "./laws.js";

const page = readFileSync(new URL("../../../../docs/left-out.md", import.meta.url), "utf8");
/** The cells of a table's row by its first cell. */
const row = (name: string): readonly string[] =>
  (page.split("\n").find((line) => line.startsWith(`| ${name}`)) ?? "")
    .split("|")
    .map((cell) => cell.trim());
const shown = (name: string, place: number): number => Number(row(name)[place + 1]);
/** Equal to as many digits as the page shows. */
const expectShown = (name: string, place: number, value: number): void => {
  const digits = (row(name)[place + 1]?.split(".")[1] ?? "").length;
  expect(`${name}: ${value.toFixed(digits)}`).toBe(
    `${name}: ${shown(name, place).toFixed(digits)}`,
  );
};

test("RS+FD: two binary attributes at e^eps = 3 lose ln 5, not the claimed ln 3", () => {
  // The drawn attribute goes through GRR at E' = k (E - 1) + 1 = 5, the other one is a fair coin; nobody is told which.
  const E = R.q(5);
  const answer = (y: number, x: number): R.Q => R.div(y === x ? E : R.q(1), R.add(E, R.q(1)));
  const report = (y: readonly number[], x: readonly number[]): R.Q =>
    R.mul(R.q(1, 4), R.add(answer(y[0]!, x[0]!), answer(y[1]!, x[1]!)));
  const records = [0, 1].flatMap((a) => [0, 1].map((b) => [a, b]));
  let worst = R.q(0);
  for (const y of records) {
    for (const x of records) {
      for (const other of records) {
        const ratio = R.div(report(y, x), report(y, other));
        if (R.less(worst, ratio)) worst = ratio;
      }
    }
  }
  expect(R.sum(records.map((y) => report(y, [0, 1])))).toEqual(R.q(1));
  expect(worst).toEqual(R.q(5));
});

testWithShared(
  "theory/vectors.json",
  "RS+FD: every listed record-level loss, by enumeration",
  () => {
    const rows = (sharedJson("theory/vectors.json") as { leveled: { rsfd_exact_epsilon: Rsfd[] } })
      .leveled.rsfd_exact_epsilon;
    for (const row of rows) {
      const k = row.domains.length;
      const E = k * (Math.exp(row.claimed_eps) - 1) + 1;
      expectClose(Math.log(E), row.amplified_eps);
      const isGrr = row.protocol.includes("GRR");
      // Each attribute: its reports, their probabilities if it was drawn, and as a fake.
      const attributes = row.domains.map((d) => {
        const bits = (y: number, x: number): number => {
          let probability = 1;
          for (let v = 0; v < d; v++) {
            const p = v === x ? 1 / 2 : 1 / (E + 1);
            probability *= (y >> v) & 1 ? p : 1 - p;
          }
          return probability;
        };
        const values = Array.from({ length: d }, (_, v) => v);
        const own = (y: number, x: number): number =>
          isGrr ? (y === x ? E : 1) / (E + d - 1) : bits(y, x);
        const fake = (y: number): number => {
          if (isGrr) return 1 / d;
          if (row.protocol.includes("zero")) return bits(y, -1);
          return values.reduce((sum, x) => sum + bits(y, x) / d, 0);
        };
        return { reports: isGrr ? d : 2 ** d, d, own, fake };
      });
      const tuples = (sizes: readonly number[]): number[][] =>
        sizes.reduce<number[][]>(
          (all, size) => all.flatMap((t) => Array.from({ length: size }, (_, i) => [...t, i])),
          [[]],
        );
      const records = tuples(row.domains);
      let [one, any] = [0, 0];
      for (const y of tuples(attributes.map(({ reports }) => reports))) {
        const probability = records.map((x) =>
          attributes.reduce(
            (sum, _, drawn) =>
              sum +
              attributes.reduce(
                (product, { own, fake }, j) =>
                  product * (j === drawn ? own(y[j]!, x[j]!) : fake(y[j]!)),
                1 / k,
              ),
            0,
          ),
        );
        for (const [i, a] of records.entries())
          for (const [j, b] of records.entries()) {
            const loss = Math.log((probability[i] as number) / (probability[j] as number));
            any = Math.max(any, loss);
            if (a.filter((value, at) => value !== b[at]).length === 1) one = Math.max(one, loss);
          }
      }
      expectClose(any, row.exact_eps_any_two_records, 1e-9);
      expectClose(one, row.exact_eps_records_differ_in_one_attribute, 1e-9);
    }
  },
);

/** A row of the reference. */
interface Rsfd {
  readonly protocol: string;
  readonly domains: readonly number[];
  readonly claimed_eps: number;
  readonly amplified_eps: number;
  readonly exact_eps_records_differ_in_one_attribute: number;
  readonly exact_eps_any_two_records: number;
}

/** Variance of THE at f = 0 with its best threshold, by Laplace tail probabilities at scale 2 / eps. */
function thresholded(epsilon: number): { variance: number; threshold: number } {
  let best = { variance: Number.POSITIVE_INFINITY, threshold: 0 };
  for (let threshold = 0.5; threshold < 1; threshold += 1e-4) {
    const p = 1 - Math.exp((epsilon / 2) * (threshold - 1)) / 2;
    const q = Math.exp((-epsilon / 2) * threshold) / 2;
    const variance = (q * (1 - q)) / (p - q) ** 2;
    if (variance < best.variance) best = { variance, threshold };
  }
  return best;
}

test("SHE and THE: OUE has less variance at every epsilon", () => {
  const plain = (epsilon: number): number =>
    oue({ categories: 128, epsilon: String(epsilon), bits: 64 }).variance(1, 0);
  for (let epsilon = 0.25; epsilon <= 8; epsilon += 0.25) {
    expect(thresholded(epsilon).variance).toBeGreaterThan(plain(epsilon));
    expect(8 / epsilon ** 2).toBeGreaterThan(plain(epsilon));
  }
  expectShown("SHE", 1, 8);
  expectShown("THE", 1, thresholded(1).variance);
  expect(row("THE")[1]).toContain(thresholded(1).threshold.toFixed(3));
  expectShown("`oue`", 1, plain(1));
  expectShown(
    "`subsetSelection`",
    1,
    subsetSelection({ categories: 128, epsilon: "1" }).variance(1, 0),
  );
});

test("CMS and HCMS: more variance than OUE and OLH, and with shared hashes an error that stays", () => {
  const m = 1024;
  const h = Math.exp(0.5);
  const c = (Math.E + 1) / (Math.E - 1);
  const local = olh({ categories: 1000, epsilon: "1" }).variance(1, 0);
  expectShown("CMS", 1, (m / (m - 1)) ** 2 * (h / (h - 1) ** 2) + 1 / (m - 1));
  expectShown("HCMS", 1, (m / (m - 1)) ** 2 * (c ** 2 - 1 / m ** 2));
  expectShown("`olh`", 1, local);
  const stays = 0.5 ** 2 / (1024 * (m - 1));
  expect(Math.round(local / stays / 1e6)).toBe(15);
});

test("Laplace in floating point: most reports of a 1 cannot be reports of a 0", () => {
  const [scale, digits] = [2, 2 ** 53];
  const noise = (k: number): number => scale * Math.log(k / digits); // U = k / 2^53; a fair coin gives the sign
  /** Whether some U and sign give exactly this report from a value; U is known to a few units in its last place. */
  const canBe = (report: number, value: number): boolean => {
    const guess = Math.round(Math.exp(-Math.abs(report - value) / scale) * digits);
    for (let k = Math.max(1, guess - 40); k <= Math.min(digits - 1, guess + 40); k++) {
      if (value + noise(k) === report || value - noise(k) === report) return true;
    }
    return false;
  };
  const words = new Uint32Array(8000);
  seededRandom("Mironov").fill(words);
  let impossible = 0;
  for (let i = 0; i < 4000; i++) {
    const k = (words[2 * i]! >>> 11) * 2 ** 32 + words[2 * i + 1]!;
    if (k === 0) continue;
    const report = i % 2 === 0 ? 1 + noise(k) : 1 - noise(k);
    expect(canBe(report, 1)).toBe(true);
    if (!canBe(report, 0)) impossible++;
  }
  expect(impossible).toBeGreaterThan(2000);
});

test("PM, HM, SW and Laplace: more variance at the worst value than whole numbers give", () => {
  [1, 2, 4].forEach((epsilon, at) => {
    const [E, h] = [Math.exp(epsilon), Math.exp(epsilon / 2)];
    const hybrid = (h + 3) / (3 * h * (h - 1)) + (E + 1) ** 2 / (h * (E - 1) ** 2);
    expectShown("Laplace", at + 1, 8 / epsilon ** 2);
    expectShown("PM", at + 1, (4 * h) / (3 * (h - 1) ** 2));
    expectShown("HM", at + 1, hybrid);
    // SW: v in [0, 1], density p within b of v, else q on [-b, 1 + b]; E[y] is linear in v with slope 2 b (p - q).
    const b = (epsilon * E - E + 1) / (2 * E * (E - 1 - epsilon));
    const [p, q] = [E / (2 * b * E + 1), 1 / (2 * b * E + 1)];
    const slope = 2 * b * (p - q);
    let square = 0;
    for (let v = 0; v <= 1; v += 1 / 1024) {
      const mean = (q * (1 + 2 * b)) / 2 + slope * v;
      const second =
        (q * ((1 + b) ** 3 + b ** 3)) / 3 + (p - q) * (2 * b * v ** 2 + (2 * b ** 3) / 3);
      square = Math.max(square, (second - mean ** 2) / slope ** 2);
    }
    expectShown("SW", at + 1, 4 * square);
    const options = { range: [-1, 1], epsilon: String(epsilon), bits: 64 } as const;
    const [single, mixed] = [windowMechanism(options), windowMixture(options)];
    expectShown("`windowMechanism`", at + 1, single.worstVariance(1));
    expectShown("`windowMixture`", at + 1, mixed.worstVariance(1));
    expect(mixed.worstVariance(1)).toBeLessThan(hybrid);
    expectClose(Math.min(single.worstVariance(1), mixed.worstVariance(1)), mixed.worstVariance(1));
  });
});
