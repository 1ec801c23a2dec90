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
import { toHex } from "@emrx/internal/bytes";
import { ByteReader, ByteWriter } from "@emrx/internal/cursor";
import { LdpError } from "../errors/ldp-error.js";
import type { NumericAggregator, NumericMechanism } from "../mechanisms/common/numeric.js";
import type { FrequencyAggregator, FrequencyOracle } from "../mechanisms/common/oracle.js";
import type { PrivSet } from "../mechanisms/sets/privset.js";
import { canBeChosen, mostDisclosed } from "../records/report.js";
import type { AnyAggregator, AnyMechanism } from "../schema/any-mechanism.js";
import { anyMechanismOf } from "../schema/mechanism.js";
import { type Schema, schemaHashOf } from "../schema/schema.js";

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
const hashBytes = 32;
/** The least that a group takes. */
const groupBytes = 7;

/** The canonical bytes of a state. */
export function writeState(
  schema: Schema,
  { reports, groups }: AggregatorState,
): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter("little", malformed);
  writer.u8(version).bytes(schemaHashOf(schema)).u64(reports, "the number of reports");
  writer.u32(groups.size, "the number of groups");
  for (const [, { attribute, level, tally }] of [...groups].sort(([a], [b]) => a - b))
    writer.u16(attribute).u8(level).sized(4, tally.toBytes());
  return writer.finish();
}

/** The state that `writeState` wrote as these bytes. */
export function readState(schema: Schema, bytes: Uint8Array): AggregatorState {
  const reader = new ByteReader(bytes, "little", malformed);
  const given = reader.u8("the format version");
  if (given !== version) throw malformed(`format version ${given}; expected ${version}`);
  const hash = toHex(reader.bytes(hashBytes, "the hash of the schema"));
  if (hash !== schema.hash)
    throw new LdpError(
      "EMRX_MISMATCH",
      `aggregator state: it belongs to schema ${hash}, not to ${schema.id} version ${schema.version} (${schema.hash})`,
    );
  const reports = reader.u64("the number of reports");
  const count = reader.count(4, groupBytes, "groups");
  const groups = new Map<number, ReportGroup>();
  let previous = -1;
  /** How many disclosures there are in all, and of each attribute. */
  let disclosed = 0;
  const ofAttribute = new Map<number, number>();
  for (let i = 0; i < count; i++) {
    const attribute = reader.u16("an attribute index");
    const level = reader.u8("a level index");
    const state = reader.sized(4, `the state of group ${i + 1} of ${count}`);
    if (groupKey(attribute, level) <= previous) throw malformed("groups must ascend");
    const group = readGroup(schema, attribute, level, state);
    if (group.tally.n < 1 || group.tally.n > reports)
      throw malformed(`a group has ${group.tally.n} of ${reports} reports`);
    groups.set(groupKey(attribute, level), group);
    previous = groupKey(attribute, level);
    disclosed += group.tally.n;
    ofAttribute.set(attribute, (ofAttribute.get(attribute) ?? 0) + group.tally.n);
  }
  reader.end();
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
