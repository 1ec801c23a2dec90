// The laws of every further frequency oracle. GRR and OUE have files of their own.
import { fc, property } from "@emrx/testkit";
import { expect, test } from "vitest";
import { exactAudit, type FrequencyOracle, grr, seededRandom } from "../../src/index.js";
import { combinationAt } from "../../src/mechanisms/common/combinations.js";
import { localHashing } from "../../src/mechanisms/local-hashing/local-hashing.js";
import { projectiveSpace } from "../../src/mechanisms/projective-geometry/projective-space.js";
import {
  blh,
  hadamardResponse,
  olh,
  oue,
  projectiveGeometryResponse,
  subsetSelection,
  sue,
  unaryEncoding,
} from "../../src/mechanisms.js";
import { expectError } from "../expect-error.js";
import {
  bitmapOf,
  type Case,
  checkBudget,
  checkDistribution,
  checkEstimator,
  checkMonoid,
  checkParser,
  checkSampler,
  lowWords,
  topWords,
} from "./laws.js";

type Any = Case<unknown, unknown>;

const subsetOf = (d: number, y: number): number[] =>
  Array.from({ length: d }, (_, v) => v).filter((v) => Math.floor(y / 2 ** v) % 2 === 1);

interface Family {
  /** A case for a small domain, small enough to enumerate. */
  readonly make: (d: number, epsilon: string, bits?: number) => Any;
  readonly largest: number;
  /** Law 4: domain, epsilon, bits, the words to enumerate, the most words a run may draw. */
  readonly draws: readonly [number, string, number, readonly number[], number][];
}

const bitsOf = (bits?: number) => (bits === undefined ? {} : { bits });

const unaryCase = (mechanism: FrequencyOracle<Uint8Array, Uint32Array>): Any =>
  ({
    mechanism,
    report: (y: number) => bitmapOf(mechanism.categories, subsetOf(mechanism.categories, y)),
  }) as Any;

const families: Record<string, Family> = {
  SUE: {
    make: (categories, epsilon, bits) => unaryCase(sue({ categories, epsilon, ...bitsOf(bits) })),
    largest: 5,
    draws: [
      [2, "1", 4, lowWords(2), 9],
      [3, "2", 3, lowWords(3), 6],
    ],
  },
  "general UE": {
    make: (categories, epsilon, bits) =>
      unaryCase(unaryEncoding({ categories, epsilon, p: "0.7", ...bitsOf(bits) })),
    largest: 5,
    draws: [[2, "1.5", 4, lowWords(2), 9]],
  },
  "local hashing": {
    // Over the field of 5 elements, so that every hash function can be listed.
    make: (categories, epsilon, bits) => {
      const mechanism = localHashing(
        "olh",
        { categories, epsilon, buckets: 3, ...bitsOf(bits) },
        5,
      );
      const report = (y: number) => ({
        a: Math.floor(y / 15),
        b: Math.floor(y / 3) % 5,
        bucket: y % 3,
      });
      return { mechanism, report } as Any;
    },
    largest: 5,
    draws: [[3, "1", 3, topWords(3), 4]],
  },
  "Hadamard response": {
    make: (categories, epsilon, bits) =>
      ({
        mechanism: hadamardResponse({ categories, epsilon, ...bitsOf(bits) }),
        report: (y: number) => y,
      }) as Any,
    largest: 20,
    draws: [
      [3, "1", 5, topWords(5), 2],
      [6, "2", 6, topWords(6), 2],
    ],
  },
  "projective geometry response": {
    make: (categories, epsilon, bits) =>
      ({
        mechanism: projectiveGeometryResponse({
          categories,
          epsilon,
          field: categories > 8 ? 3 : 2,
          ...bitsOf(bits),
        }),
        report: (y: number) => y,
      }) as Any,
    largest: 13,
    draws: [
      [5, "1", 5, topWords(5), 3],
      [13, "1.5", 6, topWords(6), 2],
    ],
  },
  "subset selection": {
    make: (categories, epsilon, bits) => {
      const mechanism = subsetSelection({ categories, epsilon, ...bitsOf(bits) });
      const report = (y: number) =>
        bitmapOf(categories, combinationAt(categories, mechanism.size, y));
      return { mechanism, report } as Any;
    },
    largest: 9,
    draws: [],
  },
};

const epsilons = fc
  .integer({ min: 1, max: 20_000 })
  .map((thousandths) => String(thousandths / 1000));

for (const [name, { make, largest, draws }] of Object.entries(families)) {
  const sizes = fc.integer({ min: 2, max: largest });

  property(
    `${name}: no output is more than e^eps times likelier under one input than another`,
    [sizes, epsilons],
    (d, epsilon) => {
      checkBudget(make(d, epsilon));
      checkDistribution(make(d, epsilon));
    },
    { numRuns: 12 },
  );

  property(
    `${name}: the estimator's expectation is the indicator and its variance the closed form`,
    [sizes, epsilons],
    (d, epsilon) => checkEstimator(make(d, epsilon)),
    { numRuns: 8 },
  );

  property(
    `${name}: any split, order, merge and serialization gives the same state, and bytes round-trip`,
    [sizes, fc.array(fc.nat(1_000_000), { minLength: 1, maxLength: 30 }), fc.nat(30)],
    (d, numbers, cut) => {
      const one = make(d, "1");
      const { outputs } = one.mechanism.channel();
      checkMonoid(
        one,
        numbers.map((y) => y % outputs),
        cut,
      );
    },
    { numRuns: 15 },
  );

  test(`${name}: over all random words, each report has exactly its probability`, () => {
    for (const [d, epsilon, bits, words, most] of draws)
      checkSampler(make(d, epsilon, bits), words, most);
  });

  property(
    `${name}: mutated report and state bytes are refused or mean exactly what they say`,
    [sizes, fc.nat(10_000), fc.nat(1000), fc.nat(255)],
    (d, y, at, byte) => {
      const { mechanism, report } = make(d, "1");
      const bytes = new Uint8Array(mechanism.reportBytes);
      mechanism.encode(report(y % mechanism.channel().outputs), bytes, 0);
      bytes[at % bytes.length] = byte;
      checkParser(bytes, (b) => {
        const again = new Uint8Array(mechanism.reportBytes);
        mechanism.encode(mechanism.decode(b, 0), again, 0);
        return again;
      });
      checkParser(bytes, (b) => {
        const again = new Uint8Array(mechanism.reportBytes);
        mechanism.encodeBatch(mechanism.decodeBatch(b, [0]), again, [0]);
        return again;
      });
      const tally = mechanism.aggregator();
      tally.add(report(y % mechanism.channel().outputs));
      const state = tally.toBytes();
      state[at % state.length] = byte;
      checkParser(state, (b) => mechanism.aggregatorFromBytes(b).toBytes());
    },
    { numRuns: 60 },
  );
}

test("subset selection: over all random words, each report has exactly its probability", () => {
  // One word serves two steps of the shuffle: its upper half chooses among 4, its lower half among 3. The middles of the
  // quarters and thirds stand for all halves. The coin looks at the lowest bit, which takes both values.
  const middles = (parts: number): number[] =>
    Array.from({ length: parts }, (_, i) => Math.floor(((i + 0.5) / parts) * 2 ** 16));
  const mechanism = subsetSelection({ categories: 5, epsilon: "1", bits: 2, size: 2 });
  const report = (y: number) => bitmapOf(5, combinationAt(5, 2, y));
  const words = middles(4).flatMap((upper) =>
    middles(3).flatMap((lower) => [0, 1].map((bit) => upper * 2 ** 16 + (lower & ~1) + bit)),
  );
  checkSampler({ mechanism, report } as Any, words, 4);
});

test("every oracle: a seed gives the same reports for ever, batch after batch", () => {
  const values = [0, 5, 11, 3, 3];
  const golden: Record<string, string> = {};
  for (const mechanism of [
    sue({ categories: 12, epsilon: "1" }),
    unaryEncoding({ categories: 12, epsilon: "1", p: "0.6" }),
    blh({ categories: 12, epsilon: "1" }),
    olh({ categories: 12, epsilon: "2" }),
    subsetSelection({ categories: 12, epsilon: "1" }),
    hadamardResponse({ categories: 12, epsilon: "1" }),
    projectiveGeometryResponse({ categories: 12, epsilon: "1" }),
  ] as FrequencyOracle[]) {
    const column = mechanism.randomizeBatch(values, seededRandom("golden"));
    expect(mechanism.randomizeBatch(values, seededRandom("golden"))).toEqual(column);
    golden[mechanism.identity] = (column as Uint32Array).join(" ");
  }
  expect(golden).toMatchInlineSnapshot(`
    {
      "blh categories=12 epsilon=1 bits=32 buckets=2": "371724297 1170606807 0 1765603452 984795239 1 726084192 1520824546 0 240189074 1664665427 0 1659395805 1452498599 1",
      "hr categories=12 epsilon=1 bits=32": "2 4 3 1 5",
      "olh categories=12 epsilon=2 bits=32 buckets=8": "371724297 1170606807 3 1765603452 984795239 4 726084192 1520824546 3 240189074 1664665427 2 1659395805 1452498599 7",
      "pgr categories=12 epsilon=1 bits=32 field=3 dimension=3": "4 3 2 2 11",
      "ss categories=12 epsilon=1 bits=32 size=3": "2053 1312 545 224 74",
      "sue categories=12 epsilon=1 bits=32": "3885 56 2390 9 32",
      "ue categories=12 epsilon=1 bits=32 p=0.6": "3853 568 402 3657 32",
    }
  `);
});

test("every oracle is tight: epsilon - exactEpsilon is at most a millionth of epsilon, from 0.01 to 20", () => {
  const makers: ((categories: number, epsilon: string) => FrequencyOracle)[] = [
    (categories, epsilon) => grr({ categories, epsilon }),
    (categories, epsilon) => oue({ categories, epsilon }),
    (categories, epsilon) => sue({ categories, epsilon }),
    (categories, epsilon) => unaryEncoding({ categories, epsilon, p: "0.7" }),
    (categories, epsilon) => olh({ categories, epsilon }),
    (categories, epsilon) => blh({ categories, epsilon }),
    (categories, epsilon) => subsetSelection({ categories, epsilon }),
    (categories, epsilon) => hadamardResponse({ categories, epsilon }),
    (categories, epsilon) => projectiveGeometryResponse({ categories, epsilon }),
  ] as ((categories: number, epsilon: string) => FrequencyOracle)[];
  for (const make of makers) {
    for (const epsilon of ["0.01", "0.1", "0.5", "1", "3.7", "8", "13", "20"]) {
      for (const d of [2, 3, 17, 1000]) {
        const mechanism = make(d, epsilon);
        const loss = Number(epsilon) - mechanism.exactEpsilon();
        expect(loss).toBeGreaterThanOrEqual(0);
        expect(loss).toBeLessThanOrEqual(1e-6 * Number(epsilon));
      }
    }
  }
});

test("every oracle passes the exact audit, by enumeration or by its closed form", () => {
  for (const categories of [8, 3000]) {
    for (const mechanism of [
      sue({ categories, epsilon: "1" }),
      unaryEncoding({ categories, epsilon: "1", p: "0.6" }),
      olh({ categories, epsilon: "1" }),
      hadamardResponse({ categories, epsilon: "1" }),
      projectiveGeometryResponse({ categories, epsilon: "1" }),
      subsetSelection({ categories, epsilon: "1" }),
    ]) {
      expect(exactAudit(mechanism).withinBudget).toBe(true);
    }
  }
});

test("local hashing: the best number of buckets has the least variance at f = 0", () => {
  for (const epsilon of ["0.1", "0.4", "1", "2", "3"]) {
    const best = olh({ categories: 100, epsilon });
    for (const buckets of [best.buckets - 1, best.buckets + 1]) {
      if (buckets < 2) continue;
      const other = olh({ categories: 100, epsilon, buckets });
      expect(other.variance(1, 0)).toBeGreaterThan(best.variance(1, 0) * (1 - 1e-9));
    }
  }
});

test("local hashing: adding up residues gives what hashing every category gives", () => {
  const mechanism = olh({ categories: 5000, epsilon: "3" });
  const column = mechanism.randomizeBatch(new Uint32Array(40), seededRandom("hash"));
  const batch = mechanism.aggregator();
  batch.addBatch(column);
  const single = mechanism.aggregator();
  for (let at = 0; at < column.length; at += 3) {
    const [a, b, bucket] = [
      column[at] as number,
      column[at + 1] as number,
      column[at + 2] as number,
    ];
    single.add({ a, b, bucket });
    // By whole numbers, without doubles.
    const hash = (BigInt(a) * 4999n + BigInt(b)) % (2n ** 31n - 1n);
    const hit = (hash * BigInt(mechanism.buckets)) / (2n ** 31n - 1n) === BigInt(bucket);
    const one = mechanism.aggregator();
    one.add({ a, b, bucket });
    expect(one.counts[4999]).toBe(hit ? 1 : 0);
  }
  expect(batch.counts).toEqual(single.counts);
});

test("what cannot be one of these mechanisms is refused by name", () => {
  for (const p of ["0", "1", "0.0", "abc", "-0.5", 1.5 as unknown as string]) {
    expectError(() => unaryEncoding({ categories: 3, epsilon: "1", p }), "EMRX_BAD_PARAMETER");
  }
  for (const buckets of [1, 2.5, 70_000]) {
    expectError(() => olh({ categories: 3, epsilon: "1", buckets }), "EMRX_BAD_PARAMETER");
  }
  for (const size of [0, 3, 1.5]) {
    expectError(() => subsetSelection({ categories: 3, epsilon: "1", size }), "EMRX_BAD_PARAMETER");
  }
  expectError(() => subsetSelection({ categories: 5000, epsilon: "1" }), "EMRX_BAD_DOMAIN");
});

test("projective geometry: the fast decoder sums what lies on each hyperplane", () => {
  for (const [field, t] of [
    [2, 3],
    [2, 5],
    [3, 3],
    [3, 4],
    [5, 3],
    [7, 3],
  ] as const) {
    const space = projectiveSpace(field, t);
    const counts = Float64Array.from({ length: space.points }, (_, i) => (i * i * 7 + 3 * i) % 101);
    const vectors = Array.from({ length: space.points }, (_, point) => {
      const vector = new Int32Array(t);
      space.coordinates(point, vector);
      expect(space.pointThrough(vector)).toBe(point);
      return vector;
    });
    const plain = vectors.map((x) => {
      let [sum, on] = [0, 0];
      vectors.forEach((u, i) => {
        if (u.reduce((s, c, j) => s + c * (x[j] as number), 0) % field !== 0) return;
        sum += counts[i] as number;
        on++;
      });
      expect(on).toBe(space.onHyperplane);
      return sum;
    });
    expect([...space.hyperplaneSums(counts, space.points)]).toEqual(plain);
    expect([...space.hyperplaneSums(counts, 5)]).toEqual(plain.slice(0, 5));
  }
});

test("large domains: every mechanism that allows them randomizes and aggregates a million categories", () => {
  for (const mechanism of [
    grr({ categories: 1_000_000, epsilon: "4" }),
    olh({ categories: 1_000_000, epsilon: "1" }),
    hadamardResponse({ categories: 1_000_000, epsilon: "1" }),
    projectiveGeometryResponse({ categories: 1_000_000, epsilon: "1" }),
  ] as FrequencyOracle[]) {
    const tally = mechanism.aggregator();
    tally.addBatch(mechanism.randomizeBatch([0, 999_999, 5], seededRandom("large")));
    expect(tally.n).toBe(3);
    expect(exactAudit(mechanism).withinBudget).toBe(true);
    // The decoder of a million is slow; a quick one stands for it here.
    if (mechanism.name !== "pgr") expect(tally.estimate().frequencies.length).toBe(1_000_000);
  }
});
