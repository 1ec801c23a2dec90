// The borders of what a report may be: widths of symbols, the first symbol that is none, bits of a fixed number, the largest count.
import { expect, test } from "vitest";
import { grr } from "../../src/index.js";
import { symbolBytes, symbolColumn } from "../../src/mechanisms/common/symbol.js";
import { oue, sampledNumerics, subsetSelection } from "../../src/mechanisms.js";
import { expectError } from "../expect-error.js";
import { bitmapOf } from "./laws.js";

test("a column and a report are just as wide as their alphabet needs", () => {
  for (const [symbols, column, bytes] of [
    [2, Uint8Array, 1],
    [256, Uint8Array, 1],
    [257, Uint16Array, 2],
    [65_536, Uint16Array, 2],
    [65_537, Uint32Array, 3],
    [2 ** 24, Uint32Array, 3],
    [2 ** 24 + 1, Uint32Array, 4],
  ] as const) {
    expect(symbolColumn(3, symbols)).toEqual(new column(3));
    expect(symbolBytes(symbols)).toBe(bytes);
  }
});

test("the first number that is no symbol is refused, in a report and in a column, and the message says what is one", () => {
  const mechanism = grr({ categories: 9, epsilon: "1" });
  const tally = mechanism.aggregator();
  for (const refused of [() => tally.add(9), () => tally.addBatch(Uint8Array.of(8, 9))])
    expectError(refused, "EMRX_MALFORMED_REPORT", "report is a number (not shown)", "from 0 to 8");
  expect(tally.n).toBe(0);
  expect([...tally.counts]).toEqual(Array(9).fill(0));
  tally.addBatch(Uint8Array.of(8));
  expect([...tally.counts]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 1]);
});

test("a subset of another size, or half a report, is refused and nothing is counted", () => {
  const mechanism = subsetSelection({ categories: 40, epsilon: "1", size: 3 });
  const tally = mechanism.aggregator();
  const bytes = (...ones: number[]): Uint8Array<ArrayBuffer> => bitmapOf(40, ones);
  for (const wrong of [bytes(), bytes(39), bytes(0, 39), bytes(0, 1, 2, 39)]) {
    const column = new Uint32Array(4);
    new Uint8Array(column.buffer).set(bytes(0, 1, 2), 0);
    new Uint8Array(column.buffer).set(wrong, 8); // the second person's
    expectError(() => tally.add(wrong), "EMRX_MALFORMED_REPORT", "names 3");
    expectError(() => tally.addBatch(column), "EMRX_MALFORMED_REPORT", "names 3");
    expectError(() => mechanism.decode(wrong, 0), "EMRX_MALFORMED_REPORT", "names 3");
  }
  const half = new Uint32Array(3);
  half[0] = 7;
  half[2] = 7; // three bits, but no second word
  expectError(() => tally.addBatch(half), "EMRX_MALFORMED_REPORT", "2 words a report");
  expect(tally.n).toBe(0);
  tally.add(bytes(0, 8, 39));
  tally.addBatch(Uint32Array.of(0, 7, 7, 0));
  expect(tally.n).toBe(3);
  const counts = Array(40).fill(0);
  for (const v of [0, 8, 39, 32, 33, 34, 0, 1, 2]) counts[v]++;
  expect([...tally.counts]).toEqual(counts);
});

test("the counts that an aggregator shows are a copy", () => {
  const tally = oue({ categories: 4, epsilon: "1" }).aggregator();
  tally.add(Uint8Array.of(5));
  tally.counts.fill(100);
  expect([...tally.counts]).toEqual([1, 0, 1, 0]);
});

test("a state may say that there were 2^53 - 1 reports, and no more", () => {
  const mechanism = oue({ categories: 2, epsilon: "1" });
  const state = mechanism.aggregator().toBytes();
  const n = new DataView(state.buffer, state.length - 3 * 8);
  n.setBigUint64(0, 2n ** 53n - 1n, true);
  expect(mechanism.aggregatorFromBytes(state).n).toBe(Number.MAX_SAFE_INTEGER);
  n.setBigUint64(0, 2n ** 53n, true);
  expectError(
    () => mechanism.aggregatorFromBytes(state),
    "EMRX_MALFORMED_STATE",
    "9007199254740992",
  );
});

test("numbers beyond 255 in a report take both of their bytes, wherever it stands", () => {
  const ranges = Array.from({ length: 300 }, () => [0, 1] as const);
  const mechanism = sampledNumerics({ ranges, epsilon: "5", answered: 2 });
  const report = Uint16Array.of(3, 1, 299, 0);
  const target = new Uint8Array(13).fill(9);
  mechanism.encode(report, target, 5);
  // Least significant byte first: 299 = 43 + 256.
  expect([...target]).toEqual([9, 9, 9, 9, 9, 3, 0, 1, 0, 43, 1, 0, 0]);
  expect(mechanism.decode(target, 5)).toEqual(report);
  const column = Uint16Array.of(...report, 7, 0, 256, 1);
  const both = new Uint8Array(20);
  mechanism.encodeBatch(column, both, [11, 1]);
  expect([...both]).toEqual([0, 7, 0, 0, 0, 0, 1, 1, 0, 0, 0, 3, 0, 1, 0, 43, 1, 0, 0, 0]);
  expect(mechanism.decodeBatch(both, [11, 1])).toEqual(column);
});
