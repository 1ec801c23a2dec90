// One attribute: the batch API, the one-report API, and adding up columns of reports or their bytes. Epsilon is 1 but where a
// row of another epsilon says so; d is the number of categories, cells or numbers.
import { type BenchEntry, benchEntry } from "../../../bench/entry.js";
import { grr } from "../src/index.js";
import {
  blockHadamardResponse,
  hadamardResponse,
  olh,
  oue,
  privset,
  projectiveGeometryResponse,
  sampledNumerics,
  subsetSelection,
  sue,
  windowMechanism,
  windowMixture,
} from "../src/mechanisms.js";
import { categories, numbers, type Shape, sets } from "./inputs.js";

/** What the entries need of a mechanism. */
interface Mechanism<Input, Column> {
  readonly reportBytes: number;
  randomizeBatch(input: Input): Column;
  aggregator(): { addBatch(column: Column): void; estimate(): unknown };
  encodeBatch(column: Column, target: Uint8Array, offsets: ArrayLike<number>): void;
  decodeBatch(source: Uint8Array, offsets: ArrayLike<number>): Column;
}

/** What is measured of a mechanism, and with how many reports a run. Making it is part of the set-up. */
interface Subject<Input, Column> {
  readonly name: string;
  readonly d: number;
  readonly count: number;
  readonly make: () => Mechanism<Input, Column>;
  readonly input: (shape: Shape) => Input;
}

/** Randomizing and adding up, uniform values and skewed ones, columns and bytes. */
function batchEntries<Input, Column>(subject: Subject<Input, Column>): BenchEntry[] {
  const { name, d, count, make, input } = subject;
  const entry = <State>(
    operation: string,
    setup: () => State,
    run: (state: State) => unknown,
  ): BenchEntry =>
    benchEntry({
      name: `ldp-core/${name}/${operation}/d=${d}`,
      unit: "reports",
      work: count,
      baseline: "limit/mix32",
      setup,
      run,
    });
  const randomized = (shape: Shape) => {
    const mechanism = make();
    return { mechanism, column: mechanism.randomizeBatch(input(shape)) };
  };
  const addUp = (mechanism: Mechanism<Input, Column>, column: Column): unknown => {
    const tally = mechanism.aggregator();
    tally.addBatch(column);
    return tally.estimate();
  };
  return [
    ...(["uniform", "skewed"] as const).flatMap((shape) => {
      const suffix = shape === "uniform" ? "" : "-skewed";
      return [
        entry(
          `randomize${suffix}`,
          () => ({ mechanism: make(), values: input(shape) }),
          ({ mechanism, values }) => mechanism.randomizeBatch(values),
        ),
        entry(
          `aggregate${suffix}`,
          () => randomized(shape),
          ({ mechanism, column }) => addUp(mechanism, column),
        ),
      ];
    }),
    entry(
      "aggregate-bytes",
      () => {
        const { mechanism, column } = randomized("uniform");
        const { reportBytes } = mechanism;
        const offsets = Uint32Array.from({ length: count }, (_, i) => i * reportBytes);
        const bytes = new Uint8Array(count * reportBytes);
        mechanism.encodeBatch(column, bytes, offsets);
        return { mechanism, bytes, offsets };
      },
      ({ mechanism, bytes, offsets }) => addUp(mechanism, mechanism.decodeBatch(bytes, offsets)),
    ),
  ];
}

/** One call a report, as a person's own device makes them. */
function singleEntry<Report>(
  name: string,
  d: number,
  make: () => { randomize(value: number): Report },
): BenchEntry {
  const count = 2 ** 16;
  return benchEntry({
    name: `ldp-core/${name}/randomize-one/d=${d}`,
    unit: "reports",
    work: count,
    baseline: "limit/mix32",
    setup: () => ({ mechanism: make(), values: categories(count, d, "uniform") }),
    run({ mechanism, values }) {
      let last: Report | undefined;
      for (const value of values) last = mechanism.randomize(value);
      return last;
    },
  });
}

/** A mechanism for one category, at three sizes of its domain. */
function categorical<Column, Report>(
  name: string,
  make: (d: number) => Mechanism<ArrayLike<number>, Column> & { randomize(value: number): Report },
  count: (d: number) => number,
): BenchEntry[] {
  return [
    ...[16, 128, 1024].flatMap((d) =>
      batchEntries({
        name,
        d,
        count: count(d),
        make: () => make(d),
        input: (shape) => categories(count(d), d, shape),
      }),
    ),
    singleEntry(name, 128, () => make(128)),
  ];
}

function numeric<Column>(
  name: string,
  d: number,
  make: () => Mechanism<Float64Array, Column>,
): BenchEntry[] {
  const count = 2 ** 20;
  return batchEntries({ name, d, count, make, input: (shape) => numbers(count, shape) });
}

/** Several numbers of one person, of which two are answered. */
function severalNumbers(d: number): BenchEntry[] {
  const count = 2 ** 17;
  const ranges = Array.from({ length: d }, () => [0, 100] as const);
  return batchEntries({
    name: "sampled-numerics",
    d,
    count,
    make: () => sampledNumerics({ ranges, epsilon: "5" }),
    input: (shape) => ranges.map((_, place) => numbers(count, shape, place)),
  });
}

function setsOfCodes(d: number): BenchEntry[] {
  const count = 2 ** 16;
  return batchEntries({
    name: "privset",
    d,
    count,
    make: () => privset({ categories: d, atMost: 5, epsilon }),
    input: (shape) => sets(count, d, shape),
  });
}

const epsilon = "1";
const range = [0, 100] as const;
const million = (): number => 2 ** 20;
/** A report of a unary mechanism has d bits: fewer reports where it has more of them, and still enough. */
const byBits = (d: number): number => Math.max(2 ** 16, 2 ** 22 / d);

const oracles: readonly BenchEntry[] = [
  ...categorical("grr", (d) => grr({ categories: d, epsilon }), million),
  ...categorical("oue", (d) => oue({ categories: d, epsilon }), byBits),
  ...categorical("sue", (d) => sue({ categories: d, epsilon }), byBits),
  ...categorical("olh", (d) => olh({ categories: d, epsilon }), byBits),
  ...categorical("ss", (d) => subsetSelection({ categories: d, epsilon }), byBits),
  ...categorical("hr", (d) => hadamardResponse({ categories: d, epsilon }), million),
  ...categorical("pgr", (d) => projectiveGeometryResponse({ categories: d, epsilon }), million),
  // Several blocks are better than one from epsilon 2.3 on.
  ...categorical(
    "hr-blocks",
    (d) => blockHadamardResponse({ categories: d, epsilon: "3" }),
    million,
  ),
  ...numeric("window", 2, () => windowMechanism({ range, epsilon, cells: 2, window: 1 })),
  ...numeric("window", 12, () => windowMechanism({ range, epsilon: "4", cells: 12, window: 3 })),
  ...numeric("window-mixture", 31, () => windowMixture({ range, epsilon })),
  ...severalNumbers(4),
  ...severalNumbers(32),
  ...[128, 1024, 8192].flatMap(setsOfCodes),
];
export default oracles;
