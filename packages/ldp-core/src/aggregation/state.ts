// An aggregator's state as canonical bytes: equal states have equal bytes, and no other bytes are read.
//
//   byte 0        format version, 1
//   bytes 1..32   hash of the schema
//   8 bytes       number of reports
//   4 bytes       number of groups, then for each by ascending (attribute, level):
//     2 bytes     attribute index
//     1 byte      level index
//     4 bytes     length of the state of the group's own aggregator, then that state
//
// Numbers stand least significant byte first. Groups without a report are not written.
import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import { LdpError } from "../errors/ldp-error.js";
import type { NumericAggregator, NumericMechanism } from "../mechanisms/common/numeric.js";
import type { FrequencyAggregator, FrequencyOracle } from "../mechanisms/common/oracle.js";
import type { PrivSet } from "../mechanisms/sets/privset.js";
import { canBeChosen, mostDisclosed } from "../records/report.js";
import type { AnyAggregator, AnyMechanism } from "../schema/any-mechanism.js";
import { anyMechanismOf } from "../schema/mechanism.js";
import type { Schema } from "../schema/schema.js";

/** What was collected for a listed attribute or a set at one level. */
export interface FrequencyGroupState {
  readonly attribute: number;
  readonly level: number;
  readonly mechanism: FrequencyOracle | PrivSet;
  readonly tally: FrequencyAggregator;
}

/** What was collected for a numeric attribute at one level. */
export interface NumericGroupState {
  readonly attribute: number;
  readonly level: number;
  readonly mechanism: NumericMechanism;
  readonly tally: NumericAggregator;
}

/** What was collected for one attribute at one level, of whichever kind. */
export interface ReportGroup {
  readonly attribute: number;
  readonly level: number;
  readonly mechanism: AnyMechanism;
  readonly tally: AnyAggregator;
}

/** The state behind an aggregator: reports, and what was collected for each (attribute, level). */
export interface AggregatorState {
  reports: number;
  /** By `groupKey`; no group is empty. */
  readonly groups: Map<number, ReportGroup>;
}

/** One number for an attribute and a level; ascending keys are ascending attributes, then levels. */
export const groupKey = (attribute: number, level: number): number => attribute * 256 + level;

const version = 1;
const headerBytes = 45;
const groupBytes = 7;

/** The canonical bytes of a state. */
export function writeState(schema: Schema, { reports, groups }: AggregatorState): Uint8Array {
  const parts = [...groups]
    .sort(([a], [b]) => a - b)
    .map(([, { attribute, level, tally }]) => ({ attribute, level, state: tally.toBytes() }));
  const size = parts.reduce((sum, { state }) => sum + groupBytes + state.length, headerBytes);
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  bytes[0] = version;
  bytes.set(hexToBytes(schema.hash), 1);
  view.setBigUint64(33, BigInt(reports), true);
  view.setUint32(41, parts.length, true);
  let at = headerBytes;
  for (const { attribute, level, state } of parts) {
    view.setUint16(at, attribute, true);
    view.setUint8(at + 2, level);
    view.setUint32(at + 3, state.length, true);
    bytes.set(state, at + groupBytes);
    at += groupBytes + state.length;
  }
  return bytes;
}

/** The state that `writeState` wrote as these bytes. */
export function readState(schema: Schema, bytes: Uint8Array): AggregatorState {
  if (!(bytes instanceof Uint8Array) || bytes.length < headerBytes)
    throw malformed(`expected at least ${headerBytes} bytes`);
  if (bytes[0] !== version) throw malformed(`format version ${bytes[0]}; expected ${version}`);
  const hash = bytesToHex(bytes.subarray(1, 33));
  if (hash !== schema.hash)
    throw new LdpError(
      "EMRX_MISMATCH",
      `aggregator state: it belongs to schema ${hash}, not to ${schema.id} version ${schema.version} (${schema.hash})`,
    );
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const reports = Number(view.getBigUint64(33, true));
  if (!Number.isSafeInteger(reports)) throw malformed("the number of reports is beyond 2^53");
  const count = view.getUint32(41, true);
  const groups = new Map<number, ReportGroup>();
  let at = headerBytes;
  let previous = -1;
  /** How many disclosures there are in all, and of each attribute. */
  let disclosed = 0;
  const ofAttribute = new Map<number, number>();
  for (let i = 0; i < count; i++) {
    if (at + groupBytes > bytes.length) throw malformed(`cut off in group ${i + 1} of ${count}`);
    const attribute = view.getUint16(at, true);
    const level = view.getUint8(at + 2);
    const length = view.getUint32(at + 3, true);
    const start = at + groupBytes;
    if (start + length > bytes.length) throw malformed(`cut off in group ${i + 1} of ${count}`);
    if (groupKey(attribute, level) <= previous) throw malformed("groups must ascend");
    const group = readGroup(schema, attribute, level, bytes.subarray(start, start + length));
    if (group.tally.n < 1 || group.tally.n > reports)
      throw malformed(`a group has ${group.tally.n} of ${reports} reports`);
    groups.set(groupKey(attribute, level), group);
    previous = groupKey(attribute, level);
    disclosed += group.tally.n;
    ofAttribute.set(attribute, (ofAttribute.get(attribute) ?? 0) + group.tally.n);
    at = start + length;
  }
  if (at !== bytes.length) throw malformed(`${bytes.length - at} bytes too many at the end`);
  // A report discloses one attribute or more, each once and at one level, and no more than the schema permits. Whatever numbers keep
  // to this, some set of reports has them: deal each attribute's disclosures round the reports.
  if (disclosed < reports)
    throw malformed(`${reports} reports disclose only ${disclosed} attributes`);
  const most = mostDisclosed(schema);
  if (disclosed > most * reports)
    throw malformed(
      `${reports} reports disclose ${disclosed} attributes; each discloses at most ${most}`,
    );
  for (const [attribute, times] of ofAttribute)
    if (times > reports)
      throw malformed(
        `${reports} reports disclose attribute ${schema.attributes[attribute]?.name} ${times} times`,
      );
  return { reports, groups };
}

function readGroup(
  schema: Schema,
  attribute: number,
  level: number,
  state: Uint8Array,
): ReportGroup {
  const spec = schema.attributes[attribute];
  if (spec === undefined || !canBeChosen(schema, spec, level))
    throw malformed(`no report of the schema has attribute ${attribute} at level ${level}`);
  const mechanism = anyMechanismOf(schema, attribute, level);
  return { attribute, level, mechanism, tally: mechanism.aggregatorFromBytes(state) };
}

function malformed(what: string): LdpError {
  return new LdpError("EMRX_MALFORMED_STATE", `aggregator state: ${what}`);
}
