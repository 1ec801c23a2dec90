// State bytes that no aggregator writes, made by hand from the format's description: each is refused with its reason.
import { hexToBytes } from "@noble/hashes/utils.js";
import { expect, test } from "vitest";
import { aggregatorFromBytes } from "../../src/aggregation.js";
import {
  createAggregator,
  type FrequencyOracle,
  type LdpError,
  type ReportBatch,
} from "../../src/index.js";
import { mechanismOf } from "../../src/schema.js";
import { expectError } from "../expect-error.js";
import { example } from "../schema/example.js";

const sex = mechanismOf(example, 0, 0) as FrequencyOracle<number>;
/** The state of the mechanism of `sex` after so many reports. */
function sexState(n: number): Uint8Array {
  const tally = sex.aggregator();
  for (let i = 0; i < n; i++) tally.add(1);
  return tally.toBytes();
}

const little = (value: bigint | number, bytes: number) =>
  Array.from({ length: bytes }, (_, i) => Number((BigInt(value) >> BigInt(8 * i)) & 255n));
type Group = readonly [attribute: number, level: number, state: Uint8Array];
function stateBytes(reports: bigint | number, groups: readonly Group[], count = groups.length) {
  return Uint8Array.from([
    1,
    ...hexToBytes(example.hash),
    ...little(reports, 8),
    ...little(count, 4),
    ...groups.flatMap(([attribute, level, state]) => [
      ...little(attribute, 2),
      level,
      ...little(state.length, 4),
      ...state,
    ]),
  ]);
}
const read = (bytes: Uint8Array) => () => aggregatorFromBytes(example, bytes);

test("a state written by hand is read, and written again as it was", () => {
  const bytes = stateBytes(3, [
    [0, 0, sexState(2)],
    [0, 1, (mechanismOf(example, 0, 1) as typeof sex).aggregator().toBytes()],
  ]);
  expectError(read(bytes), "EMRX_MALFORMED_STATE", "a group has 0 of 3 reports");
  const one = stateBytes(3, [[0, 0, sexState(3)]]);
  expect(aggregatorFromBytes(example, one).reports).toBe(3);
  expect(aggregatorFromBytes(example, one).toBytes()).toEqual(one);
  expect(aggregatorFromBytes(example, stateBytes(0, [])).toBytes()).toEqual(
    createAggregator(example).toBytes(),
  );
});

test("numbers that do not fit each other are refused", () => {
  const group: Group = [0, 0, sexState(2)];
  const malformed = (bytes: Uint8Array, ...says: string[]) =>
    expectError(read(bytes), "EMRX_MALFORMED_STATE", ...says);
  malformed(stateBytes(2n ** 53n, []), "less than 2^53");
  malformed(stateBytes(1, [group]), "a group has 2 of 1 reports");
  malformed(stateBytes(3, [group]), "3 reports disclose only 2");
  malformed(stateBytes(1, []), "1 reports disclose only 0");
  malformed(stateBytes(4, [group, group]), "groups must ascend");
  malformed(stateBytes(2, [group], 2), "0 are left");
  malformed(stateBytes(2, [group]).slice(0, -1), "the state of group 1 of 1");
  malformed(Uint8Array.from([...stateBytes(2, [group]), 7, 7, 7]), "3 bytes too many");
  malformed(
    stateBytes(2, [[4, 0, sexState(2)]]),
    "no report of the schema has attribute 4 at level 0",
  );
  malformed(stateBytes(2, [[9, 0, sexState(2)]]), "has attribute 9");
  malformed(stateBytes(2, [[0, 3, sexState(2)]]), "attribute 0 at level 3");
  malformed(stateBytes(2, [[1, 0, sexState(2)]]), "attribute 1 at level 0"); // looser than the attribute's own
  malformed(stateBytes(2, [[1, 1, sexState(2)]]), "not a state of");
  malformed(stateBytes(2, []).slice(0, 44), "the number of groups");
  const newer = stateBytes(2, [group]);
  newer[0] = 2;
  malformed(newer, "format version 2");
  // A group's own header that ends just where the bytes do.
  malformed(stateBytes(2, [[0, 0, new Uint8Array(0)]]), "not a state of");
});

test("a batch whose offsets do not fit its bytes is refused, and adds nothing", () => {
  const report = Uint8Array.from([1, ...hexToBytes(example.hash), 1, 0, 0, 0, 0, 1]);
  const bytes = Uint8Array.from([...report, ...report]);
  const size = report.length;
  const batch = (change: Partial<ReportBatch>): ReportBatch => ({
    count: 2,
    bytes,
    offsets: Uint32Array.of(0, size, 2 * size),
    ...change,
  });
  const study = createAggregator(example);
  for (const wrong of [
    batch({ offsets: Uint32Array.of(0, size, 2 * size, 2 * size) }),
    batch({ offsets: Uint32Array.of(0, 2 * size) }),
    batch({ offsets: Uint32Array.of(1, size, 2 * size) }),
    batch({ offsets: Uint32Array.of(0, size, size) }),
    batch({ offsets: Uint32Array.of(0, 3 * size, 2 * size) }),
    batch({ count: 1 }),
    batch({ bytes: Uint8Array.from([...bytes, 0]) }),
  ])
    expectError(
      () => study.addBatch(wrong),
      "EMRX_MALFORMED_REPORT",
      `batch: offsets must be ${wrong.count} + 1 positions that ascend from 0 to ${wrong.bytes.length}`,
    );
  expect(study.reports).toBe(0);
  study.addBatch(batch({}));
  expect(study.reports).toBe(2);
});

test("what is wrong in a batch is said once, with the report's number and what caused it", () => {
  const report = Uint8Array.from([1, ...hexToBytes(example.hash), 1, 0, 0, 0, 0, 9]);
  const bytes = Uint8Array.from([...report]);
  const study = createAggregator(example);
  let error: LdpError | undefined;
  try {
    study.addBatch({ count: 1, bytes, offsets: Uint32Array.of(0, bytes.length) });
  } catch (caught) {
    error = caught as LdpError;
  }
  expect(error?.message).toMatch(/^report 0 of the batch \(the first is 0\): report is a number/);
  expect(error?.code).toBe("EMRX_MALFORMED_REPORT");
  expect(error?.cause).toMatchObject({ code: "EMRX_MALFORMED_REPORT" });
});
