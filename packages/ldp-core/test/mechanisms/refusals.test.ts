// Bad input, mechanism by mechanism: the code, what the message names, and that nothing has changed.
import { expect, test } from "vitest";
import { grr, seededRandom } from "../../src/index.js";
import {
  blh,
  blockHadamardResponse,
  duchi,
  hadamardResponse,
  minIdUnary,
  olh,
  oue,
  privset,
  projectiveGeometryResponse,
  sampledNumerics,
  subsetSelection,
  sue,
  truncatedGeometric,
  unaryEncoding,
  utilityRandomizedResponse,
  utilityRappor,
  windowMechanism,
  windowMixture,
} from "../../src/mechanisms.js";
import { expectError } from "../expect-error.js";
import type { Formats } from "./fuzz.js";

/** A mechanism, whatever it is for. */
interface Any extends Formats {
  randomize(value: unknown, random?: unknown): unknown;
  randomizeBatch(values: unknown, random?: unknown): { readonly length: number };
  aggregator(): Tally;
  aggregatorFromBytes(bytes: Uint8Array): Tally;
  estimate(counts: ArrayLike<number>, n: number): unknown;
}
interface Tally {
  readonly n: number;
  readonly counts: Float64Array;
  add(report: unknown): void;
  addBatch(column: unknown): void;
  merge(other: Tally): void;
  toBytes(): Uint8Array;
  estimate(): unknown;
}

const epsilon = "1";
const range = [0, 10] as const;
const nine = { categories: 9, epsilon };

/** What is wrong with a mechanism's reports and columns, by their kind. */
const bitmaps = {
  values: [0, 8, 4],
  bad: [9, -1, 0.5, Number.NaN, "1"],
  reports: [Uint8Array.of(1), Uint8Array.of(0, 2), [1, 0], 3, undefined],
  columns: [Uint8Array.of(1), [1], Uint32Array.of(1 << 9)],
};
const symbols = {
  ...bitmaps,
  reports: [255, -1, 0.5, Number.NaN, "1", undefined],
  columns: [[1], Float64Array.of(0.5), Uint8Array.of(0, 255), Uint16Array.of(65_535)],
};
const hashes = {
  ...bitmaps,
  reports: [
    { a: 2 ** 31 - 1, b: 0, bucket: 0 },
    { a: 0, b: 2 ** 31 - 1, bucket: 0 },
    { a: 0, b: 0, bucket: 4 },
    { a: -1, b: 0, bucket: 0 },
    { a: 0, b: 0.5, bucket: 0 },
    {},
  ],
  columns: [[0, 0, 0], Uint32Array.of(0, 0), Uint32Array.of(2 ** 31 - 1, 0, 0)],
};
const numbers = {
  ...symbols,
  values: [0, 10, 3.3],
  bad: [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, "1"],
};

const cases: readonly (readonly [
  make: (more?: object) => unknown,
  kind: {
    readonly values: readonly number[];
    readonly bad: readonly unknown[];
    readonly reports: readonly unknown[];
    readonly columns: readonly unknown[];
  },
])[] = [
  [(more) => grr({ ...nine, ...more }), symbols],
  [(more) => oue({ ...nine, ...more }), bitmaps],
  [(more) => sue({ ...nine, ...more }), bitmaps],
  [(more) => unaryEncoding({ ...nine, p: "0.6", ...more }), bitmaps],
  [(more) => subsetSelection({ ...nine, ...more }), bitmaps],
  [(more) => olh({ ...nine, ...more }), hashes],
  [(more) => blh({ ...nine, ...more }), hashes],
  [(more) => hadamardResponse({ ...nine, ...more }), symbols],
  [(more) => blockHadamardResponse({ ...nine, epsilon: "3", ...more }), symbols],
  [(more) => projectiveGeometryResponse({ ...nine, ...more }), symbols],
  [(more) => utilityRandomizedResponse({ ...nine, sensitive: [0, 3], ...more }), symbols],
  [(more) => utilityRappor({ ...nine, sensitive: [0, 3], ...more }), bitmaps],
  [(more) => minIdUnary({ epsilons: Array(9).fill("1"), ...more }), bitmaps],
  [(more) => truncatedGeometric({ categories: 9, epsilonPerStep: "0.5", ...more }), symbols],
  [(more) => duchi({ range, epsilon, ...more }), numbers],
  [(more) => windowMechanism({ range, epsilon: "4", ...more }), numbers],
  [(more) => windowMixture({ range, epsilon, ...more }), numbers],
];

const untouched = { fill: () => expect.fail("nothing may be drawn for bad input") };

test.each(cases.map(([make, kind]) => [(make() as Any).identity, make, kind] as const))(
  "%s: bad bits, values, reports, columns, counts and states are refused and change nothing",
  (identity, make, kind) => {
    for (const bits of [0, 65, 1.5, Number.NaN, -1])
      expectError(() => make({ bits }), "EMRX_BAD_PARAMETER", "bits", String(bits));

    const mechanism = make() as Any;
    const { values, bad, reports, columns } = kind;
    for (const value of bad) {
      expectError(
        () => mechanism.randomize(value, untouched),
        "EMRX_VALUE_OUTSIDE_DOMAIN",
        `value is a ${typeof value} (not shown)`,
      );
      const mixed = [...values, value];
      expectError(
        () => mechanism.randomizeBatch(mixed, untouched),
        "EMRX_VALUE_OUTSIDE_DOMAIN",
        `values[${values.length}] is a ${typeof value} (not shown)`,
      );
    }

    const column = mechanism.randomizeBatch(values, seededRandom("refusals"));
    const tally = mechanism.aggregator();
    tally.addBatch(column);
    const state = tally.toBytes();
    const { reportBytes } = mechanism;
    const target = new Uint8Array(3 * reportBytes).fill(7);
    for (const report of reports) {
      expectError(() => tally.add(report), "EMRX_MALFORMED_REPORT");
      expectError(() => mechanism.encode(report, target, 0), "EMRX_MALFORMED_REPORT");
    }
    for (const wrong of columns) expectError(() => tally.addBatch(wrong), "EMRX_MALFORMED_REPORT");
    expect(tally.toBytes()).toEqual(state);
    expect([...target]).toEqual(Array(target.length).fill(7));

    // Reports need their space, at a whole offset.
    mechanism.encodeBatch(column, target, [0, reportBytes, 2 * reportBytes]);
    const one = mechanism.decode(target, reportBytes);
    for (const offset of [2 * reportBytes + 1, -1, 0.5, Number.NaN]) {
      const before = target.slice();
      expectError(() => mechanism.decode(target, offset), "EMRX_MALFORMED_REPORT", "offset");
      expectError(
        () => mechanism.decodeBatch(target, [0, offset]),
        "EMRX_MALFORMED_REPORT",
        "offset",
      );
      expectError(() => mechanism.encode(one, target, offset), "EMRX_MALFORMED_REPORT", "offset");
      expect(target).toEqual(before);
    }
    expectError(() => mechanism.decode([1] as never, 0), "EMRX_MALFORMED_REPORT", "Uint8Array");
    expectError(
      () => mechanism.encode(one, [1] as never, 0),
      "EMRX_MALFORMED_REPORT",
      "Uint8Array",
    );

    expectError(() => mechanism.aggregator().estimate(), "EMRX_NO_REPORTS");
    const { counts } = tally;
    expectError(() => mechanism.estimate(counts, 0), "EMRX_NO_REPORTS");
    expectError(() => mechanism.estimate(counts, Number.NaN), "EMRX_NO_REPORTS");
    expectError(
      () => mechanism.estimate(counts.subarray(1), 3),
      "EMRX_MISMATCH",
      `${counts.length}`,
    );

    // The state, byte by byte: version, length and text of the identity, n, counts.
    const change = (at: number, ...bytes: readonly number[]): Uint8Array => {
      const changed = state.slice();
      changed.set(bytes, at);
      return changed;
    };
    const head = 3 + identity.length;
    const read = (bytes: Uint8Array) => () => mechanism.aggregatorFromBytes(bytes);
    expect(String.fromCharCode(...state.subarray(3, head))).toBe(identity);
    const says = (problem: string) => ["EMRX_MALFORMED_STATE", identity, problem] as const;
    expectError(read(Array.from(state) as never), ...says("Uint8Array"));
    expectError(read(state.subarray(1)), ...says(`${state.length - 1} bytes`));
    expectError(read(Uint8Array.of(...state, 0)), ...says(`${state.length + 1} bytes`));
    expectError(read(change(0, 2)), ...says("another version"));
    expectError(read(change(1, identity.length - 1)), ...says("another mechanism"));
    expectError(read(change(head - 1, 0)), ...says("another mechanism"));
    expectError(read(change(head, 0, 0, 0, 0, 0, 0, 32, 0)), ...says("n is 9007199254740992"));
    expectError(
      read(change(head + 8, 4, 0, 0, 0, 0, 0, 0, 0)),
      ...says("count 0 is 4, more than n = 3"),
    );
    expect(mechanism.aggregatorFromBytes(state).n).toBe(3);
    // A state may lie anywhere in a larger buffer.
    const wide = Uint8Array.of(9, ...state, 9);
    expect(mechanism.aggregatorFromBytes(wide.subarray(1, -1)).toBytes()).toEqual(state);

    // Of another mechanism: grr for all but grr itself.
    const other = identity.startsWith("grr") ? oue(nine) : grr({ categories: 3, epsilon });
    expectError(() => tally.merge(other.aggregator() as never), "EMRX_MISMATCH", other.identity);
    expect(tally.toBytes()).toEqual(state);
  },
);

test("states that no set of reports can give are refused: totals of symbols, subsets, lists and answered numbers", () => {
  const impossible = (mechanism: Any, counts: readonly number[]) => () => {
    const state = mechanism.aggregator().toBytes();
    const view = new DataView(state.buffer);
    const head = 3 + mechanism.identity.length;
    view.setBigUint64(head, 2n, true); // n = 2
    counts.forEach((count, i) => {
      view.setBigUint64(head + 8 + 8 * i, BigInt(count), true);
    });
    return mechanism.aggregatorFromBytes(state);
  };
  const says = ["EMRX_MALFORMED_STATE", "no set of reports"] as const;
  const symbol = grr({ categories: 3, epsilon }) as unknown as Any;
  expect(impossible(symbol, [1, 1, 0])().n).toBe(2);
  expectError(impossible(symbol, [1, 0, 0]), ...says);
  expectError(impossible(symbol, [1, 1, 1]), ...says);
  const subset = subsetSelection({ categories: 4, epsilon, size: 2 }) as unknown as Any;
  expect(impossible(subset, [2, 1, 1, 0])().n).toBe(2);
  expectError(impossible(subset, [2, 1, 0, 0]), ...says);
  const list = privset({ categories: 4, atMost: 2, epsilon, size: 2 }) as unknown as Any;
  expect(impossible(list, [2, 1, 1, 0, 0, 0])().n).toBe(2);
  expectError(impossible(list, [2, 1, 1, 1, 0, 0]), ...says);
  const pairs = sampledNumerics({ ranges: [range, range], epsilon, answered: 1 }) as unknown as Any;
  expect(impossible(pairs, [1, 0, 1, 0])().n).toBe(2);
  expectError(impossible(pairs, [1, 0, 0, 0]), ...says);
  expectError(impossible(pairs, [2, 0, 1, 0]), ...says);
  const both = sampledNumerics({ ranges: [range, range], epsilon, answered: 2 }) as unknown as Any;
  expect(impossible(both, [1, 1, 2, 0])().n).toBe(2);
  expectError(impossible(both, [1, 2, 1, 0]), ...says); // three answers of the first number, from two people
});

test("lists of codes: shape, order and size are checked", () => {
  const mechanism = privset({ categories: 10, atMost: 2, epsilon, size: 3 });
  const tally = mechanism.aggregator();
  const target = new Uint8Array(12);
  for (const report of [
    Uint16Array.of(0, 1),
    Uint16Array.of(0, 1, 1),
    Uint16Array.of(2, 1, 3),
    Uint16Array.of(1, 2, 12),
    Uint16Array.of(0, 1, 2, 0, 1, 2), // two reports
    [0, 1, 2] as never,
  ]) {
    expectError(() => tally.add(report), "EMRX_MALFORMED_REPORT");
    expectError(() => mechanism.encode(report, target, 0), "EMRX_MALFORMED_REPORT");
  }
  for (const column of [Uint16Array.of(0, 1, 2, 3), Uint16Array.of(0, 1, 2, 2, 2, 3)]) {
    expectError(() => tally.addBatch(column), "EMRX_MALFORMED_REPORT");
    expectError(() => mechanism.encodeBatch(column, target, [0, 6]), "EMRX_MALFORMED_REPORT");
  }
  expectError(() => mechanism.encode(Uint16Array.of(0, 1, 2), target, 7), "EMRX_MALFORMED_REPORT");
  expectError(() => mechanism.decode(new Uint8Array(6), 0), "EMRX_MALFORMED_REPORT", "item 1");
  expectError(() => mechanism.decodeBatch(new Uint8Array(6), [1]), "EMRX_MALFORMED_REPORT");
  expect([tally.n, ...tally.counts]).toEqual(Array(13).fill(0));
  // A report may begin where the one before ended, with a smaller item.
  tally.addBatch(Uint16Array.of(9, 10, 11, 0, 1, 2));
  expect([tally.n, ...tally.counts]).toEqual([2, 1, 1, 1, 0, 0, 0, 0, 0, 0, 1, 1, 1]);
  for (const atMost of [0, 11, 65, 1.5])
    expectError(() => privset({ categories: 10, atMost, epsilon }), "EMRX_BAD_PARAMETER", "atMost");
  expectError(
    () => privset({ categories: 100, atMost: 65, epsilon }),
    "EMRX_BAD_PARAMETER",
    "1 to 64",
  );
  for (const size of [0, 11, 1.5])
    expectError(
      () => privset({ categories: 10, atMost: 2, epsilon, size }),
      "EMRX_BAD_PARAMETER",
      `size is ${size}`,
    );
  for (const categories of [1, 60_001])
    expectError(() => privset({ categories, atMost: 1, epsilon }), "EMRX_BAD_DOMAIN");
  expect(privset({ categories: 10, atMost: 10, epsilon }).atMost).toBe(10);
  expect(privset({ categories: 10, atMost: 2, epsilon, size: 10 }).size).toBe(10);
});

test("several numbers: pairs are ascending, inside and complete; all numbers and rows are checked", () => {
  const mechanism = sampledNumerics({ ranges: [range, range, range], epsilon: "5" });
  const cells = mechanism.mechanisms[0]?.cells as number;
  expect(mechanism.answered).toBe(2);
  const tally = mechanism.aggregator();
  for (const report of [
    Uint16Array.of(0, 0),
    Uint16Array.of(1, 0, 1, 0),
    Uint16Array.of(2, 0, 1, 0),
    Uint16Array.of(1, 0, 3, 0),
    Uint16Array.of(0, cells, 1, 0),
    [0, 0, 1, 0] as never,
    undefined as never,
  ]) {
    expectError(() => tally.add(report), "EMRX_MALFORMED_REPORT");
    expectError(() => mechanism.encode(report, new Uint8Array(8), 0), "EMRX_MALFORMED_REPORT");
  }
  expectError(() => tally.addBatch(Uint16Array.of(0, 0, 1, 0, 2, 0)), "EMRX_MALFORMED_REPORT");
  expect(tally.n).toBe(0);
  tally.addBatch(Uint16Array.of(1, 0, 2, 0, 0, 0, 1, cells - 1));
  expect(tally.n).toBe(2);
  expectError(() => mechanism.randomize([1, 2], untouched as never), "EMRX_MISMATCH", "3");
  expectError(
    () => mechanism.randomize([1, 2, Number.NaN], untouched as never),
    "EMRX_VALUE_OUTSIDE_DOMAIN",
    "values[2]",
  );
  const columns = [[1, 2], [3, 4], [5]];
  expectError(
    () => mechanism.randomizeBatch(columns, untouched as never),
    "EMRX_MISMATCH",
    "columns[2] has 1 rows",
  );
  expectError(
    () =>
      mechanism.randomizeBatch(
        [
          [1, 2],
          [3, Number.NaN],
          [5, 6],
        ],
        untouched as never,
      ),
    "EMRX_VALUE_OUTSIDE_DOMAIN",
    "columns[1][1]",
  );
  for (const index of [-1, 3, 0.5])
    expectError(() => mechanism.variance(1, index, 0), "EMRX_BAD_PARAMETER", "index");
  for (const answered of [0, 4, 1.5])
    expectError(
      () => sampledNumerics({ ranges: [range, range, range], epsilon, answered }),
      "EMRX_BAD_PARAMETER",
      "answered",
    );
  for (const ranges of [[], undefined, Array(1025).fill(range)])
    expectError(() => sampledNumerics({ ranges: ranges as never, epsilon }), "EMRX_BAD_PARAMETER");
});

test("parameters of single mechanisms", () => {
  for (const field of [4, 1, 129, 131])
    expectError(
      () => projectiveGeometryResponse({ ...nine, field }),
      "EMRX_BAD_PARAMETER",
      `field is ${field}`,
    );
  // (101^4 - 1) / 100 = 1,040,604 points are too few, (101^5 - 1) / 100 too many; 127^4 / 126 are enough.
  const most = { categories: 2 ** 20, epsilon };
  expectError(
    () => projectiveGeometryResponse({ ...most, field: 101 }),
    "EMRX_BAD_PARAMETER",
    "105101005",
  );
  expect(projectiveGeometryResponse({ ...most, field: 127 }).points).toBe(2_064_640);
  for (const cells of [1, 4097, 2.5])
    expectError(
      () => windowMechanism({ range, epsilon, cells, window: 1 }),
      "EMRX_BAD_PARAMETER",
      `cells is ${cells}`,
    );
  for (const window of [0, 5, 1.5])
    expectError(
      () => windowMechanism({ range, epsilon, cells: 5, window }),
      "EMRX_BAD_PARAMETER",
      `window is ${window} (a number); expected a whole number from 1 to 4`,
    );
  expectError(() => windowMechanism({ range, epsilon, cells: 5 }), "EMRX_BAD_PARAMETER", "window");
  expectError(() => windowMechanism({ range, epsilon, window: 5 }), "EMRX_BAD_PARAMETER", "cells");
  for (const wrong of [
    [1, 1],
    [2, 1],
    [0, Number.NaN],
    [0, Number.POSITIVE_INFINITY],
    [Number.NEGATIVE_INFINITY, 0],
    5,
  ])
    expectError(() => duchi({ range: wrong as never, epsilon }), "EMRX_BAD_RANGE", "range");
  expectError(() => duchi({ range: [-1e308, 1e308], epsilon }), "EMRX_BAD_RANGE", "finite width");
  for (const sensitive of [[], [0, 1, 2], undefined])
    for (const make of [utilityRandomizedResponse, utilityRappor] as ((o: never) => unknown)[])
      expectError(
        () => make({ categories: 3, sensitive, epsilon } as never),
        "EMRX_BAD_PARAMETER",
        "sensitive",
      );
  for (const [sensitive, code, text] of [
    [[0, 0], "EMRX_BAD_PARAMETER", "each once"],
    [[3], "EMRX_BAD_PARAMETER", "sensitive[0] is 3"],
    [[0.5], "EMRX_BAD_PARAMETER", "sensitive[0] is 0.5"],
  ] as const)
    expectError(() => utilityRappor({ categories: 3, sensitive, epsilon }), code, text);
  expect(utilityRappor({ categories: 5, sensitive: [3, 0], epsilon }).sensitive).toEqual([0, 3]);
  expectError(() => minIdUnary({ epsilons: [] }), "EMRX_BAD_DOMAIN");
  expectError(() => minIdUnary({} as never), "EMRX_BAD_DOMAIN", "epsilons is missing");
  expectError(() => minIdUnary({ epsilons: Array(4097).fill("1") }), "EMRX_BAD_DOMAIN", "4096");
  const eight = ["1", "2", "3", "4", "5", "6", "7", "8"];
  expect(minIdUnary({ epsilons: [...eight, "8.0"] }).epsilons).toEqual([...eight, "8"]);
  expectError(() => minIdUnary({ epsilons: [...eight, "9"] }), "EMRX_BAD_PARAMETER", "9 different");
});
