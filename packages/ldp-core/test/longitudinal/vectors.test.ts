// Numbers computed elsewhere, in 40-digit arithmetic: ../shared/theory/vectors.json.
import { sharedJson, testWithShared } from "@emrx/testkit";
import { expect, test } from "vitest";
import { dBitFlip, loloha, longitudinalGrr, rappor } from "../../src/longitudinal.js";
import { expectClose } from "../mechanisms/laws.js";

const path = "theory/vectors.json";
// biome-ignore lint/suspicious/noExplicitAny: foreign JSON
const vectors = (): any => sharedJson(path);
const accounting = () => vectors().accounting;

testWithShared(path, "GRR chains: the irreversible epsilon equals the reference to 1e-9", () => {
  const rows = accounting().loloha_chain;
  for (const row of rows) {
    const epsilons = { permanentEpsilon: row.eps_inf, firstEpsilon: row.eps_1_target, bits: 64 };
    const chain = longitudinalGrr({ categories: row.g, ...epsilons });
    expectClose(chain.instantaneous.exactEpsilon(), row.eps_irr_exact, 1e-9);
    expectClose(chain.single.exactEpsilon(), row.exact_eps_1_with_exact_irr, 1e-9);
    const hashed = loloha({ categories: 100, buckets: row.g, ...epsilons });
    expectClose(hashed.instantaneous.exactEpsilon(), row.eps_irr_exact, 1e-9);
    expectClose(hashed.single.exactEpsilon(), row.exact_eps_1_with_exact_irr, 1e-9);
  }
  expect(rows.length).toBe(12);
});

testWithShared(
  path,
  "LOLOHA: the best number of buckets and its variance equal the reference",
  () => {
    const rows = accounting().loloha_optimal_g;
    for (const row of rows) {
      const at = (buckets?: number) =>
        loloha({
          categories: 100,
          permanentEpsilon: row.eps_inf,
          firstEpsilon: Math.round(row.eps_inf * row.alpha * 1e6) / 1e6,
          bits: 64,
          ...(buckets === undefined ? {} : { buckets }),
        });
      const best = at();
      expect(best.buckets).toBe(row.g_argmin_exact_irr);
      // The reference takes 1/g for the collision probability; of our family it is within 1e-9 of it.
      expectClose(best.single.variance(1, 0), row.V_exact_irr, 1e-8);
      for (let g = 2; g <= 30; g++) {
        expect(at(g).single.variance(1, 0)).toBeGreaterThanOrEqual(best.single.variance(1, 0));
      }
    }
    expect(rows.length).toBe(4);
  },
);

testWithShared(
  path,
  "RAPPOR: both losses equal the reference to 1e-9, whatever the hash functions",
  () => {
    const rows = accounting().rappor;
    for (const { f, p, q, h, eps_inf, eps_1 } of rows) {
      const { permanent, single } = rappor({ categories: 5, f: `${f}`, p: `${p}`, q: `${q}` });
      expectClose(h * permanent.exactEpsilon(), eps_inf, 1e-9);
      expectClose(h * single.exactEpsilon(), eps_1, 1e-9);
      expectClose(h * Number(single.epsilon), eps_1, 1e-9);
    }
    expect(rows.length).toBe(3);
  },
);

testWithShared(
  path,
  "dBitFlip: with one bit a person it spends what the reference says is left unused",
  () => {
    const rows = accounting().dbitflip;
    for (const { b, d, nominal_eps, exact_eps } of rows) {
      const epsilon = nominal_eps.toFixed(12);
      const { single } = dBitFlip({ categories: b, bitsPerPerson: d, epsilon, bits: 64 });
      expectClose(single.exactEpsilon(), d === 1 ? 2 * exact_eps : exact_eps, 1e-9);
    }
    expect(rows.length).toBe(3);
  },
);

test("GRR chains: the irreversible epsilon is the closed form for every g", () => {
  for (let g = 2; g <= 40; g++) {
    const [A, X] = [Math.exp(2.5), Math.exp(1.1)];
    const chain = longitudinalGrr({
      categories: g,
      permanentEpsilon: "2.5",
      firstEpsilon: "1.1",
      bits: 64,
    });
    const irreversible = Math.log((X * (A + g - 2) - (g - 1)) / (A - X));
    expectClose(chain.instantaneous.exactEpsilon(), irreversible, 1e-9);
  }
});
