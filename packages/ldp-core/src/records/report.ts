// The bytes of a report: what leaves the site.
//
//   byte 0        format version, 1
//   bytes 1..32   hash of the schema
//   bytes 33..34  number of disclosed attributes, least significant byte first
//   then for each, by ascending attribute index:
//     2 bytes     attribute index, least significant byte first
//     1 byte      level index
//     n bytes     the mechanism's report; n depends on attribute and level only
//
// Nothing else: no name, no time, no number that stands for the person. Order and length say nothing about the values.
import { isBytes } from "@emrx/internal/bytes";
import { LdpError } from "../errors/ldp-error.js";
import { anyMechanismOf } from "../schema/mechanism.js";
import { type AttributeSpec, type Schema, schemaHashOf } from "../schema/schema.js";

/** One disclosed attribute of a parsed report. */
export interface Disclosed {
  /** The attribute's index in the schema. */
  readonly attribute: number;
  /** The level's index in the schema. */
  readonly level: number;
  /** Where the mechanism's report starts in the bytes. */
  readonly offset: number;
}

const version = 1;
const countAt = 33;
/** Bytes before the first disclosed attribute. */
export const headerBytes = 35;
/** The last of them count the disclosed attributes; those before are the same in all reports of a schema. */
export const countBytes = 2;
/** Bytes before the mechanism's report of each disclosed attribute. */
export const itemBytes = 3;

/** Writes the bytes before the first disclosed attribute. */
export function writeHeader(
  schemaHash: Uint8Array,
  disclosed: number,
  target: Uint8Array,
  offset: number,
): void {
  target[offset] = version;
  target.set(schemaHash, offset + 1);
  target[offset + countAt] = disclosed & 0xff;
  target[offset + countAt + 1] = disclosed >>> 8;
}

/** Writes the bytes before the mechanism's report of one disclosed attribute. */
export function writeItem(
  attribute: number,
  level: number,
  target: Uint8Array,
  offset: number,
): void {
  target[offset] = attribute & 0xff;
  target[offset + 1] = attribute >>> 8;
  target[offset + 2] = level;
}

/** The length of a report in bytes. */
export function reportLength(
  schema: Schema,
  items: Iterable<{ readonly attribute: number; readonly level: number }>,
): number {
  let length = headerBytes;
  for (const { attribute, level } of items)
    length += itemBytes + anyMechanismOf(schema, attribute, level).reportBytes;
  return length;
}

/**
 * Reads a report and checks everything that can be checked without the record: it accepts exactly the bytes that some
 * randomizer of this schema can have produced.
 *
 * @param schema the schema that the report must belong to
 * @param bytes one report
 * @returns the disclosed attributes by ascending index
 * @throws `EMRX_MISMATCH` for a report of another schema, `EMRX_MALFORMED_REPORT` for any other wrong byte
 * @example
 * ```ts
 * import { createRandomizer, defineSchema, memoryStore, seededRandom } from "@emrx/ldp-core";
 * import { parseReport } from "@emrx/ldp-core/records";
 *
 * const schema = defineSchema({
 *   id: "visit", version: 1, levels: { usual: "1" },
 *   attributes: { smoker: { type: "categorical", values: ["no", "yes"], level: "usual" } },
 *   disclose: "all",
 * });
 * const randomizer = createRandomizer(schema, {
 *   lifetimeBudget: "1", memory: memoryStore(), randomForTests: seededRandom("example"),
 * });
 * const bytes = await randomizer.randomize({ smoker: "yes" });
 * parseReport(schema, bytes); // => [{ attribute: 0, level: 0, offset: 38 }]
 * parseReport(schema, bytes.slice(1)); // throws EMRX_MALFORMED_REPORT
 * ```
 */
export function parseReport(schema: Schema, bytes: Uint8Array): readonly Disclosed[] {
  if (!isBytes(bytes)) throw malformed("expected a Uint8Array");
  const items: Disclosed[] = [];
  reportReader(schema)(bytes, 0, bytes.length, (attribute, level, offset) => {
    anyMechanismOf(schema, attribute, level).decode(bytes, offset);
    items.push({ attribute, level, offset });
  });
  return items;
}

/** Reads the report that fills bytes `start` to `end`; calls `found` for each disclosed attribute. */
export type ReportReader = (
  bytes: Uint8Array,
  start: number,
  end: number,
  found: (attribute: number, level: number, offset: number) => void,
) => void;

/** Builds the reader of one schema's reports. It leaves the mechanism's own bytes to the mechanism. */
export function reportReader(schema: Schema): ReportReader {
  const hash = schemaHashOf(schema);
  const most = mostDisclosed(schema);
  return (bytes, start, end, found) => {
    const length = end - start;
    if (length < headerBytes)
      throw malformed(`${length} bytes; expected at least ${headerBytes}: cut off?`);
    if (bytes[start] !== version)
      throw malformed(`format version ${bytes[start]}; expected ${version}`);
    for (let i = 0; i < hash.length; i++)
      if (bytes[start + 1 + i] !== hash[i])
        throw new LdpError(
          "EMRX_MISMATCH",
          `report: byte ${1 + i}: it belongs to another schema than ${schema.id} version ${schema.version} (${schema.hash})`,
        );
    const count = (bytes[start + countAt] as number) + 256 * (bytes[start + countAt + 1] as number);
    if (count < 1 || count > most)
      throw malformed(`${count} disclosed attributes; the schema allows 1 to ${most}`);
    let at = start + headerBytes;
    let previous = -1;
    for (let i = 0; i < count; i++) {
      if (at + itemBytes > end)
        throw malformed(`cut off in disclosed attribute ${i + 1} of ${count}`);
      const attribute = (bytes[at] as number) + 256 * (bytes[at + 1] as number);
      const level = bytes[at + 2] as number;
      const spec = checkedItem(schema, attribute, level, previous);
      const payload = at + itemBytes;
      at = payload + anyMechanismOf(schema, attribute, level).reportBytes;
      if (at > end) throw malformed(`cut off in the report of attribute ${spec.name}`);
      found(attribute, level, payload);
      previous = attribute;
    }
    if (at !== end) throw malformed(`${end - at} bytes too many at the end`);
  };
}

/** The most attributes that one report discloses. */
export function mostDisclosed(schema: Schema): number {
  const randomized = schema.attributes.filter(({ type }) => type !== "public").length;
  return schema.disclose.rule === "sample" ? schema.disclose.sample : randomized;
}

function checkedItem(
  schema: Schema,
  attribute: number,
  level: number,
  previous: number,
): AttributeSpec {
  const spec = schema.attributes[attribute];
  if (spec === undefined || spec.type === "public")
    throw malformed(`attribute index ${attribute} is no randomized attribute of the schema`);
  if (attribute <= previous)
    throw malformed(`attribute indices must ascend; ${attribute} follows ${previous}`);
  if (!canBeChosen(schema, spec, level))
    throw malformed(`attribute ${spec.name}: level index ${level} cannot be chosen`);
  return spec;
}

/**
 * Whether some policy can choose a level for an attribute. Levels go by decreasing epsilon, so a lower index than the default's is a
 * looser level, or an equal one by another name.
 */
export function canBeChosen(schema: Schema, { level: own }: AttributeSpec, level: number): boolean {
  const given = schema.levels[level];
  return (
    own !== -1 &&
    given !== undefined &&
    (level >= own || given.epsilon === schema.levels[own]?.epsilon)
  );
}

function malformed(what: string): LdpError {
  return new LdpError("EMRX_MALFORMED_REPORT", `report: ${what}`);
}
