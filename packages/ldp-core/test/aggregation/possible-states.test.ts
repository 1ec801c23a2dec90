// State bytes are read exactly where some set of reports has that state: all small states against all small sets of reports.
import { expect, test } from "vitest";
import { aggregatorFromBytes } from "../../src/aggregation.js";
import { createAggregator, defineSchema, LdpError, type Schema } from "../../src/index.js";
import { grr, oue } from "../../src/mechanisms.js";
import { mechanismOf } from "../../src/schema.js";
import { expectError } from "../expect-error.js";

const schemaWith = (disclose: "all" | { sample: number }): Schema =>
  defineSchema({
    id: "small",
    version: 1,
    levels: { loose: "3", usual: "2", same: "2", strict: "1" },
    attributes: {
      a: { type: "categorical", values: ["x", "y"], level: "usual" },
      clinic: { type: "public", values: ["north"] },
      b: { type: "categorical", values: ["x", "y"], level: "strict" },
    },
    disclose,
  }) as unknown as Schema;

/** [attribute index, level index] of what one report can disclose: not looser than the default, or equal to it. */
const choices = [
  [0, 1],
  [0, 2],
  [0, 3],
  [2, 3],
] as const;

/** Every pair of an attribute and a level, those that no policy can choose and those that do not exist included. */
const pairs = [0, 1, 2, 3].flatMap((attribute) =>
  [0, 1, 2, 3, 4].map((level) => [attribute, level] as const),
);

/** State bytes with these numbers of reports, in all and for each pair, whatever they are. */
function stateBytes(schema: Schema, reports: number, counts: ReadonlyMap<string, number>) {
  const groups = pairs.flatMap(([attribute, level]) => {
    const n = counts.get(`${attribute}/${level}`) ?? 0;
    if (n === 0) return [];
    const spec = schema.attributes[attribute];
    const usable =
      spec !== undefined && spec.type !== "public" && schema.levels[level] !== undefined;
    const tally = usable
      ? (mechanismOf(schema, attribute, level) as ReturnType<typeof grr>).aggregator()
      : grr({ categories: 2, epsilon: "1" }).aggregator();
    tally.addBatch(new Uint8Array(n) as never);
    return [{ attribute, level, state: tally.toBytes() }];
  });
  const size = groups.reduce((sum, { state }) => sum + 7 + state.length, 45);
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  bytes[0] = 1;
  bytes.set(Buffer.from(schema.hash, "hex"), 1);
  view.setBigUint64(33, BigInt(reports), true);
  view.setUint32(41, groups.length, true);
  let at = 45;
  for (const { attribute, level, state } of groups) {
    view.setUint16(at, attribute, true);
    bytes[at + 2] = level;
    view.setUint32(at + 3, state.length, true);
    bytes.set(state, at + 7);
    at += 7 + state.length;
  }
  return bytes;
}

const name = (reports: number, counts: ReadonlyMap<string, number>) =>
  `${reports}: ${[...counts]
    .filter(([, n]) => n > 0)
    .sort()
    .join(" ")}`;

/** The states of all sets of up to `most` reports, each of which discloses one to `width` different attributes. */
function reachable(width: number, most: number): Set<string> {
  const reports: string[][] = [];
  for (const [i, first] of choices.entries()) {
    reports.push([first.join("/")]);
    if (width < 2) continue;
    for (const second of choices.slice(i + 1))
      if (second[0] !== first[0]) reports.push([first.join("/"), second.join("/")]);
  }
  const found = new Set<string>();
  const extend = (size: number, counts: Map<string, number>): void => {
    found.add(name(size, counts));
    if (size === most) return;
    for (const report of reports) {
      const more = new Map(counts);
      for (const item of report) more.set(item, (more.get(item) ?? 0) + 1);
      extend(size + 1, more);
    }
  };
  extend(0, new Map());
  return found;
}

for (const [disclose, width] of [
  ["all", 2],
  [{ sample: 1 }, 1],
] as const)
  test(`disclose ${JSON.stringify(disclose)}: a state is read if and only if a set of reports has it`, () => {
    const schema = schemaWith(disclose);
    const known = reachable(width, 3);
    const tried = [...choices, [0, 0], [2, 1], [1, 3], [3, 3], [0, 4]] as const;
    let accepted = 0;
    const each = (at: number, counts: Map<string, number>): void => {
      const pair = tried[at];
      if (pair === undefined) {
        for (let reports = 0; reports <= 3; reports++) {
          const bytes = stateBytes(schema, reports, counts);
          let read = true;
          try {
            aggregatorFromBytes(schema, bytes);
          } catch (error) {
            if (!(error instanceof LdpError)) throw error;
            expect(error.code).toBe("EMRX_MALFORMED_STATE");
            read = false;
          }
          const state = name(reports, counts);
          expect([state, read]).toEqual([state, known.has(state)]);
          if (read) accepted++;
        }
        return;
      }
      // What no policy can choose is tried once, with one report.
      for (let n = 0; n <= (at < choices.length ? 3 : 1); n++) {
        if (at >= choices.length && n > 0 && [...counts.values()].filter(Boolean).length > 1) break;
        each(at + 1, new Map([...counts, [pair.join("/"), n]]));
      }
    };
    each(0, new Map());
    expect(accepted).toBe(known.size);
  });

test("merging what is no aggregator, or a forged one, changes nothing", () => {
  const schema = schemaWith("all");
  const honest = createAggregator(schema);
  const before = honest.toBytes();
  const forged: readonly unknown[] = [
    undefined,
    null,
    7,
    {},
    { schemaHash: schema.hash },
    { schemaHash: schema.hash, reports: -100, toBytes: () => ({ length: 45 }) },
    { schemaHash: schema.hash, toBytes: () => new Uint8Array(45) },
    { schemaHash: schema.hash, toBytes: () => stateBytes(schema, 1, new Map([["0/0", 1]])) },
  ];
  for (const other of forged) expect(() => honest.merge(other as never)).toThrow(LdpError);
  expect(honest.toBytes()).toEqual(before);

  for (const mechanism of [
    grr({ categories: 4, epsilon: "1" }),
    oue({ categories: 4, epsilon: "1" }),
  ]) {
    const tally = mechanism.aggregator();
    const { identity } = mechanism;
    const counts = Float64Array.of(Number.NaN, -5, 1e300, 0);
    for (const other of [
      { identity, n: -100, counts, toBytes: () => new Uint8Array(0) },
      { identity, n: Number.NaN, counts },
      { identity: "other", n: 1, counts, toBytes: () => tally.toBytes() },
    ])
      expect(() => tally.merge(other as never)).toThrow(LdpError);
    expect(tally.n).toBe(0);
  }
});

test("numbers of reports past 2^53 are refused before anything is added", () => {
  const mechanism = grr({ categories: 2, epsilon: "1" });
  const empty = mechanism.aggregator().toBytes();
  const huge = empty.slice();
  const view = new DataView(huge.buffer);
  const n = BigInt(Number.MAX_SAFE_INTEGER);
  view.setBigUint64(huge.length - 24, n, true);
  view.setBigUint64(huge.length - 16, n, true);
  const one = mechanism.aggregatorFromBytes(huge);
  const before = one.toBytes();
  expectError(() => one.merge(mechanism.aggregatorFromBytes(huge)), "EMRX_TOO_LARGE", "2^53");
  expect(one.toBytes()).toEqual(before);
  one.merge(mechanism.aggregator());
  expect(one.n).toBe(Number.MAX_SAFE_INTEGER);
});
