// Laws of prefix extension, by enumeration over a small field; behaviour of the search; and the real diagnoses.
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import {
  enumerateDraws,
  fc,
  property,
  rational as R,
  sharedPath,
  testWithShared,
} from "@emrx/testkit";
import { expect, test } from "vitest";
import { exactAudit, seededRandom } from "../../src/index.js";
import { prefixExtensionOver } from "../../src/large-domain/prefix-extension.js";
import { pooledShare } from "../../src/large-domain/prefix-search.js";
import { prefixExtension } from "../../src/large-domain.js";
import { expectError } from "../expect-error.js";
import {
  checkBudget,
  checkDistribution,
  checkParser,
  exact,
  topWords,
} from "../mechanisms/laws.js";

/** Codes of at most two letters over the field of 5 elements: 5^3 hash functions can be listed. */
const small = (epsilon: string, bits?: number) =>
  prefixExtensionOver(
    {
      alphabet: "ab",
      length: 2,
      lengths: [1, 2],
      epsilon,
      ...(bits === undefined ? {} : { bits }),
    },
    5,
  );
const smallCodes = ["a", "b", "aa", "ab", "ba", "bb"];

/** Report number y of the last group, in the order of the channel. */
function reportOf(y: number, buckets: number): Uint32Array {
  const hash = Math.floor(y / buckets);
  return Uint32Array.of(1, Math.floor(hash / 25), Math.floor(hash / 5) % 5, hash % 5, y % buckets);
}

property(
  "prefix extension: no report is more than e^eps times likelier under one code than another",
  [fc.integer({ min: 100, max: 2000 }).map((thousandths) => String(thousandths / 1000))],
  (epsilon) => {
    const mechanism = small(epsilon) as never;
    checkBudget({ mechanism, report: (() => 0) as never });
    checkDistribution({ mechanism, report: () => 0 });
  },
  { numRuns: 3 },
);

test("prefix extension: a report supports the own code with probability p and any other with exactly q", () => {
  const mechanism = small("1");
  const channel = mechanism.channel();
  expect(channel.inputs).toBe(smallCodes.length);
  const [p, q] = [exact(mechanism.support.p), exact(mechanism.support.q)];
  const supported = smallCodes.map(() => smallCodes.map(() => R.q(0)));
  for (let y = 0; y < channel.outputs; y++) {
    const collector = mechanism.collector();
    collector.add(reportOf(y, mechanism.buckets));
    const { frequencies } = collector.estimate(1, smallCodes);
    for (const [v, f] of frequencies.entries()) {
      const support = Math.round(R.toNumber(q) + f * R.toNumber(R.sub(p, q)));
      expect(f).toBeCloseTo((support - R.toNumber(q)) / R.toNumber(R.sub(p, q)), 9);
      if (support === 0) continue;
      for (const row of supported.keys()) {
        const weights = supported[row] as R.Q[];
        weights[v] = R.add(weights[v] as R.Q, exact(channel.probability(y, row)));
      }
    }
  }
  for (const [x, row] of supported.entries())
    for (const [v, weight] of row.entries()) expect(weight).toEqual(x === v ? p : q);
});

test("prefix extension: over all random words, each report comes out with its probability in the channel", () => {
  const mechanism = small("1", 3);
  const channel = mechanism.channel();
  for (const [x, code] of smallCodes.entries()) {
    if (x % 2 === 1) continue;
    const drawn = enumerateDraws(topWords(3), 5, (source) => [
      ...mechanism.randomize(code, 1, source),
    ]);
    for (let y = 0; y < channel.outputs; y++) {
      const text = JSON.stringify([...reportOf(y, mechanism.buckets)]);
      const found = drawn.probability.get(text) ?? R.q(0);
      const truth = exact(channel.probability(y, x));
      expect(R.less(truth, found)).toBe(false);
      expect(R.less(R.add(found, drawn.unresolved), truth)).toBe(false);
    }
  }
});

test("prefix extension: the audit of a code system too large to enumerate takes the closed form", () => {
  const icd10 = prefixExtension({
    alphabet: "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    length: 7, // about 8e10 texts
    epsilon: "2",
  });
  expect(icd10.lengths).toEqual([3, 4, 5, 6, 7]);
  const audit = exactAudit(icd10);
  expect(audit.method).toBe("closed form");
  expect(audit.withinBudget).toBe(true);
  expect(icd10.exactEpsilon()).toBeGreaterThan(1.999998);
  expect(icd10.reportBytes).toBe(14);
  // 36^4 > 2^20: the second half of a code tells codes apart as well as the first.
  const random = seededRandom("icd");
  const codes = Array.from({ length: 4000 }, (_, i) => (i % 2 ? "E11319A" : "E11319B"));
  const collector = icd10.collector();
  collector.add(icd10.randomizeBatch(codes, new Uint8Array(4000).fill(4), random));
  const { frequencies, variances } = collector.estimate(4, ["E11319A", "E11319B", "E11319C"]);
  for (const [v, truth] of [0.5, 0.5, 0].entries())
    expect(Math.abs((frequencies[v] as number) - truth)).toBeLessThan(
      4 * Math.sqrt(variances[v] as number),
    );
});

test("prefix extension: only kept prefixes are extended, ended codes stay, and known codes narrow the search", () => {
  const study = prefixExtension({ alphabet: "abc", length: 3, lengths: [1, 3], epsilon: "10" });
  const random = seededRandom("extend");
  const codes = Array.from({ length: 3000 }, (_, i) => ["a", "abc", "ca"][i % 3] as string);
  const collector = study.collector();
  const groups = study.drawGroups(codes.length, random);
  const reports = study.randomizeBatch(codes, groups, random);
  // In two parts and in any order: the same findings.
  const cut = 1000 * study.reportWords;
  collector.add(reports.subarray(cut));
  collector.add(reports.subarray(0, cut));
  const { codes: found, rounds } = collector.find({ top: 3, keep: 2 });
  expect(rounds.map(({ kept }) => [...kept].sort())).toEqual([
    ["a", "c"],
    ["a", "abc", "ca"],
  ]);
  expect(rounds[1]?.candidates).toHaveLength(2 * (1 + 3 + 9));
  for (const { frequency, variance } of found)
    expect(Math.abs(frequency - 1 / 3)).toBeLessThan(4 * Math.sqrt(variance));
  const narrowed = collector.find({ top: 3, known: ["a", "abc", "ca", "b", "cba"] });
  expect(narrowed.rounds[1]?.candidates.length).toBeLessThanOrEqual(5);
  expect(narrowed.codes.map(({ code }) => code).sort()).toEqual(["a", "abc", "ca"]);
  const other = study.collector();
  other.add(reports);
  expect(other.find({ top: 3, keep: 2 })).toEqual({ codes: found, rounds });
});

property(
  "prefix extension: any split, order, merge and serialization gives the same state and the same findings",
  [
    fc.array(fc.tuple(fc.nat(5), fc.nat(2)), { minLength: 1, maxLength: 40 }),
    fc.nat(40),
    fc.nat(1000),
  ],
  (people, cut, seed) => {
    const study = prefixExtension({ alphabet: "ab", length: 3, lengths: [1, 2, 3], epsilon: "1" });
    // One person in each group beside the drawn ones, so that every round has reports.
    const all = [[0, 0], [0, 1], [0, 2], ...people] as const;
    const random = seededRandom(seed);
    const reports = all.map(([code, group]) =>
      study.randomize(smallCodes[code] as string, group, random),
    );
    const whole = study.collector();
    whole.add(Uint32Array.from(reports.flatMap((report) => [...report])));
    const [left, right] = [study.collector(), study.collector()];
    reports.forEach((report, i) => {
      (i < cut ? left : right).add(report);
    });
    const restored = study.collectorFromBytes(right.toBytes());
    restored.merge(left);
    left.merge(right);
    for (const collector of [left, restored, study.collectorFromBytes(whole.toBytes())]) {
      expect(collector.toBytes()).toEqual(whole.toBytes());
      expect(collector.sizes).toEqual(whole.sizes);
      expect(collector.find({ top: 3 })).toEqual(whole.find({ top: 3 }));
    }
    expect(whole.reports().map(({ length }) => length / study.reportWords)).toEqual(whole.sizes);
  },
  { numRuns: 30 },
);

property(
  "prefix extension: mutated state bytes are refused or mean exactly what they say",
  [fc.nat(100_000), fc.nat(255), fc.integer({ min: -3, max: 3 })],
  (at, byte, longer) => {
    const study = prefixExtension({ alphabet: "ab", length: 2, lengths: [1, 2], epsilon: "1" });
    const collector = study.collector();
    const codes = Array.from({ length: 12 }, (_, i) => smallCodes[i % 6] as string);
    const random = seededRandom("mutate");
    collector.add(study.randomizeBatch(codes, study.drawGroups(12, random), random));
    const state = collector.toBytes();
    const bytes = new Uint8Array(Math.max(0, state.length + longer));
    bytes.set(state.subarray(0, bytes.length));
    if (longer >= 0) bytes[at % bytes.length] = byte;
    checkParser(bytes, (source) => study.collectorFromBytes(source).toBytes());
  },
  { numRuns: Number(process.env["EMRX_FUZZ"] ?? 3000) / 10 },
);

test("prefix extension: a state says what is wrong with it", () => {
  const study = prefixExtension({ alphabet: "ab", length: 2, lengths: [1, 2], epsilon: "1" });
  const other = prefixExtension({ alphabet: "ab", length: 2, lengths: [2], epsilon: "1" });
  const read = (bytes: Uint8Array) => () => study.collectorFromBytes(bytes);
  const collector = study.collector();
  const reports = ["a", "b", "ab"].map((code) => study.randomize(code, 1, seededRandom(code)));
  for (const report of reports) collector.add(report);
  const state = collector.toBytes();
  const { reportBytes } = study;
  const change = (position: number, value: number) => {
    const bytes = state.slice();
    bytes[position] = value;
    return bytes;
  };
  const last = state.length - reportBytes;
  expectError(read([1] as never), "EMRX_MALFORMED_STATE", "Uint8Array");
  expectError(read(change(0, 2)), "EMRX_MALFORMED_STATE", "version");
  expectError(read(other.collector().toBytes()), "EMRX_MALFORMED_STATE", "identity");
  expectError(read(state.subarray(0, -1)), "EMRX_MALFORMED_STATE", "part 1 of 2");
  expectError(read(Uint8Array.of(...state, 0)), "EMRX_MALFORMED_STATE", "1 bytes too many");
  expectError(read(change(last, 0)), "EMRX_MALFORMED_STATE", "out of order");
  expectError(read(change(last, 2)), "EMRX_MALFORMED_STATE", "malformed");
  expectError(read(change(state.length - 1, 255)), "EMRX_MALFORMED_STATE", "malformed");
  // Group 1's reports, told to be group 0's.
  const swapped = state.slice();
  const head = state.length - 3 * reportBytes - 16;
  swapped.set(state.subarray(head + 8, head + 16), head);
  swapped.set(state.subarray(head + 16), head + 8);
  swapped.fill(0, state.length - 8);
  expectError(read(swapped), "EMRX_MALFORMED_STATE", "another group");
  const cut = state.slice(0, -1);
  cut[head + 8] = 3 * reportBytes - 1;
  expectError(read(cut), "EMRX_MALFORMED_STATE", "whole reports");
  expectError(() => collector.merge(other.collector()), "EMRX_MISMATCH", "lengths=2");
  for (const bad of [[0, 0], new Uint32Array(study.reportWords + 1)])
    expectError(
      () => study.encode(bad as Uint32Array, new Uint8Array(99), 0),
      "EMRX_MALFORMED_REPORT",
    );
});

test("prefix extension: what all rounds say of a code, by hand", () => {
  const open = (frequency: number, n = 1) => ({ frequency, n, isWhole: false });
  const whole = (frequency: number, n = 1) => ({ frequency, n, isWhole: true });
  expect(pooledShare([whole(0.25)])).toBe(0.25);
  expect(pooledShare([open(0.5), whole(0.25)])).toBe(0.25); // nothing speaks against it
  expect(pooledShare([open(0.25), whole(0.5)])).toBe(0.375); // more than its prefix has: both erred
  expect(pooledShare([open(0.25, 3), whole(0.5)])).toBe(0.3125); // the prefix was asked of more people
  expect(pooledShare([whole(0.5), whole(0.25)])).toBe(0.375); // the same share, read twice
  expect(pooledShare([whole(0.5, 1), whole(0.25, 3)])).toBe(0.3125);
  expect(pooledShare([open(0.125), whole(0.5), whole(0.25)])).toBe((0.125 + 0.75) / 3);
  expect(pooledShare([open(0.5), open(0.125), whole(0.25)])).toBe(0.1875);
  expect(pooledShare([open(0.125), open(0.5), whole(0.25)])).toBe(0.25); // both prefixes erred, their mean allows it
});

property(
  "prefix extension: the pooled share is that of pooling adjacent violators",
  [
    fc.array(fc.tuple(fc.integer({ min: -9, max: 9 }), fc.integer({ min: 1, max: 5 })), {
      minLength: 1,
      maxLength: 7,
    }),
  ],
  (steps) => {
    const blocks: { sum: number; n: number }[] = [];
    for (const [frequency, n] of steps) {
      let block = { sum: n * frequency, n };
      for (
        let above = blocks.at(-1);
        above !== undefined && above.sum / above.n < block.sum / block.n;
        above = blocks.at(-1)
      ) {
        block = { sum: block.sum + above.sum, n: block.n + above.n };
        blocks.pop();
      }
      blocks.push(block);
    }
    const last = blocks.at(-1) as (typeof blocks)[number];
    const readings = steps.map(([frequency, n]) => ({ frequency, n, isWhole: false }));
    expect(pooledShare(readings)).toBeCloseTo(last.sum / last.n, 12);
  },
);

test("prefix extension: the variance counts the mechanism's noise and that a group is a part of all people", () => {
  const study = prefixExtension({ alphabet: "ab", length: 2, lengths: [1, 2], epsilon: "1" });
  const codes = Array.from({ length: 400 }, (_, i) => (i < 100 ? "ab" : "b"));
  const trials = 1500;
  let [sum, squares, stated] = [0, 0, 0];
  const random = seededRandom("variance");
  for (let t = 0; t < trials; t++) {
    const collector = study.collector();
    collector.add(study.randomizeBatch(codes, study.drawGroups(400, random), random));
    const { frequencies, variances } = collector.estimate(1, ["ab"]);
    sum += frequencies[0] as number;
    squares += ((frequencies[0] as number) - 0.25) ** 2;
    stated += variances[0] as number;
  }
  const spread = squares / trials;
  // Standard error of a mean of `trials` and, for a variance, of sqrt(2 / trials) of it.
  expect(Math.abs(sum / trials - 0.25)).toBeLessThan(4 * Math.sqrt(spread / trials));
  expect(Math.abs(stated / trials / spread - 1)).toBeLessThan(4 * Math.sqrt(2 / trials));
});

property(
  "prefix extension: report bytes parse to what was written, and any others are refused",
  [fc.uint8Array({ minLength: 14, maxLength: 14 }), fc.boolean()],
  (bytes, tame) => {
    const study = prefixExtension({ alphabet: "abcdefghijklmnop", length: 7, epsilon: "1" });
    expect(study.reportBytes).toBe(14);
    if (tame) {
      bytes[0] = (bytes[0] as number) % study.lengths.length;
      for (const top of [4, 8, 12]) bytes[top] = (bytes[top] as number) & 0x3f;
      bytes[13] = (bytes[13] as number) % study.buckets;
    }
    const outcome = checkParser(bytes, (source) => {
      const report = study.decode(source, 0);
      const again = new Uint8Array(14);
      study.encode(report, again, 0);
      const column = study.collector();
      column.add(report);
      return again;
    });
    if (tame) expect(outcome).toBe("parsed");
  },
);

test("prefix extension: bad input is refused by name and changes nothing", () => {
  const make = (change: object) => () =>
    prefixExtension({ alphabet: "abc", length: 3, epsilon: "1", ...change });
  expectError(make({ alphabet: "aab" }), "EMRX_BAD_DOMAIN", "alphabet");
  expectError(make({ alphabet: "a" }), "EMRX_BAD_DOMAIN", "alphabet");
  expectError(make({ length: 0 }), "EMRX_BAD_DOMAIN", "length");
  expectError(make({ length: 65 }), "EMRX_BAD_DOMAIN", "length");
  expectError(make({ lengths: [1, 2] }), "EMRX_BAD_PARAMETER", "lengths");
  expectError(make({ lengths: [2, 2, 3] }), "EMRX_BAD_PARAMETER", "lengths");
  expectError(make({ lengths: [] }), "EMRX_BAD_PARAMETER", "lengths");
  expectError(make({ epsilon: "0" }), "EMRX_BAD_EPSILON");
  const study = make({ lengths: [1, 3] })();
  expectError(() => study.randomize("", 0), "EMRX_VALUE_OUTSIDE_DOMAIN", "code");
  expectError(() => study.randomize("abcd", 0), "EMRX_VALUE_OUTSIDE_DOMAIN");
  expectError(
    () => study.randomize("abd", 0),
    "EMRX_VALUE_OUTSIDE_DOMAIN",
    "code is a string (not shown)",
  );
  expectError(() => study.randomize(7 as never, 0), "EMRX_VALUE_OUTSIDE_DOMAIN", "number");
  expectError(() => study.randomize("abc", 2), "EMRX_BAD_PARAMETER", "group");
  expectError(() => study.randomizeBatch(["a"], []), "EMRX_BAD_PARAMETER", "groups");
  const untouched = {
    fill: () => expect.fail("nothing may be drawn before all codes are checked"),
  };
  expectError(
    () => study.randomizeBatch(["a", "x"], [0, 1], untouched),
    "EMRX_VALUE_OUTSIDE_DOMAIN",
    "codes[1]",
  );
  const collector = study.collector();
  const good = study.randomize("abc", 1);
  const bad = Uint32Array.from([...good, ...good]);
  bad[study.reportWords] = 2;
  expectError(() => collector.add(bad), "EMRX_MALFORMED_REPORT", "group 2");
  expectError(() => collector.add(good.subarray(1)), "EMRX_MALFORMED_REPORT");
  expect(collector.sizes).toEqual([0, 0]);
  expectError(() => collector.find({ top: 1 }), "EMRX_NO_REPORTS", "group 0");
  collector.add(good);
  expectError(() => collector.find({ top: 0 }), "EMRX_BAD_PARAMETER", "top");
  expectError(() => collector.find({ top: 1, keep: 0.5 }), "EMRX_BAD_PARAMETER", "keep");
  expectError(() => collector.estimate(2, []), "EMRX_BAD_PARAMETER", "group");
  expectError(() => collector.estimate(1, ["z"]), "EMRX_VALUE_OUTSIDE_DOMAIN", "candidates[0]");
  const first = study.collector();
  first.add(study.randomize("abc", 0));
  expectError(() => first.estimate(0, ["ab"]), "EMRX_VALUE_OUTSIDE_DOMAIN", "at most 1");
  expectError(() => first.find({ top: 1, known: ["q"] }), "EMRX_VALUE_OUTSIDE_DOMAIN", "known[0]");
});

testWithShared(
  "data/diabetes130/diabetes130.csv.gz",
  "prefix extension finds the most frequent of 697 first diagnoses of 71,518 patients at epsilon 2",
  () => {
    const path = sharedPath("data/diabetes130/diabetes130.csv.gz") as string;
    const [, ...lines] = gunzipSync(readFileSync(path)).toString("utf8").trimEnd().split("\n");
    // One encounter a patient, the earliest, so that each person reports once.
    const first = new Map<string, readonly string[]>();
    for (const cells of lines.map((line) => line.split(","))) {
      const before = first.get(cells[1] as string);
      if (before === undefined || Number(cells[0]) < Number(before[0]))
        first.set(cells[1] as string, cells);
    }
    const codes = [...first.values()].map((cells) => cells[18] as string);
    expect(codes).toHaveLength(71_518);
    const counts = new Map<string, number>();
    for (const code of codes) counts.set(code, (counts.get(code) ?? 0) + 1);
    const truth = [...counts].sort(([, a], [, b]) => b - a);
    const most = new Set(truth.slice(0, 20).map(([code]) => code));

    const errors: number[] = [];
    // Shares of the 18th to 26th most frequent code lie between 0.0115 and 0.0092, and one standard error of an estimate from all people
    // is 0.0032: counting all codes would find 17.3 of the 20.
    const isSlow = process.env["EMRX_SLOW"] === "1";
    for (const { known, lengths, seeds, least } of [
      { known: [...counts.keys()], lengths: [6], seeds: isSlow ? 20 : 1, least: 0.8 },
      // Without a list: 14^6 texts.
      { known: undefined, lengths: [3, 5, 6], seeds: isSlow ? 6 : 1, least: 0.6 },
      ...(isSlow
        ? [
            { known: [...counts.keys()], lengths: [4, 6], seeds: 20, least: 0.8 },
            { known: undefined, lengths: [4, 6], seeds: 6, least: 0.65 },
          ]
        : []),
    ]) {
      const study = prefixExtension({
        alphabet: "0123456789.EV?",
        length: 6,
        lengths,
        epsilon: "2",
      });
      let hits = 0;
      for (let seed = 0; seed < seeds; seed++) {
        const random = seededRandom(`s${seed}`);
        const collector = study.collector();
        const groups = study.drawGroups(codes.length, random);
        collector.add(study.randomizeBatch(codes, groups, random));
        const { codes: found, rounds } = collector.find({
          top: 20,
          ...(isSlow ? {} : { keep: 40 }), // half the work
          ...(known && { known }),
        });
        hits += found.filter(({ code }) => most.has(code)).length;
        const last = rounds.at(-1);
        for (const [v, code] of (last?.candidates ?? []).entries()) {
          const frequency = (counts.get(code) ?? 0) / codes.length;
          const deviation = Math.sqrt(last?.variances[v] as number);
          errors.push(((last?.frequencies[v] as number) - frequency) / deviation);
        }
      }
      // As many are returned as there are to find, so precision and recall are one number.
      const precision = hits / seeds / 20;
      console.log(
        `pem diag_1, ${known ? "known codes" : "any codes"}, lengths ${lengths.join(", ")}: precision = recall = ${precision.toFixed(3)} over ${seeds} seeds`,
      );
      expect(precision).toBeGreaterThanOrEqual(least);
    }
    const inside = errors.filter((error) => Math.abs(error) < 1.96).length / errors.length;
    expect(inside).toBeGreaterThan(0.93);
    expect(inside).toBeLessThan(0.97);
  },
);
