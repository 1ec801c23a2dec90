// Reads all reports of a batch into columns, one for each attribute and level, before anything is counted.
import { LdpError } from "../errors/ldp-error.js";
import type { ReportBatch } from "../records/batch-report.js";
import { reportReader } from "../records/report.js";
import { anyMechanismOf } from "../schema/mechanism.js";
import type { Schema } from "../schema/schema.js";

/** The reports of one attribute at one level. */
export interface DecodedColumn {
  readonly attribute: number;
  readonly level: number;
  /** A column of the mechanism. */
  readonly column: unknown;
}

/** Checks and reads a whole batch. A wrong report is named by its index. */
export function decodeBatch(schema: Schema, batch: ReportBatch): readonly DecodedColumn[] {
  checkOffsets(batch);
  const levels = schema.levels.length;
  const sizes = new Uint32Array(schema.attributes.length * levels);
  forEachItem(schema, batch, (attribute, level) => {
    const group = attribute * levels + level;
    sizes[group] = (sizes[group] as number) + 1;
  });
  const places = Array.from(sizes, (size) => new Uint32Array(size));
  const filled = new Uint32Array(sizes.length);
  forEachItem(schema, batch, (attribute, level, offset) => {
    const group = attribute * levels + level;
    (places[group] as Uint32Array)[filled[group] as number] = offset;
    filled[group] = (filled[group] as number) + 1;
  });
  const columns: DecodedColumn[] = [];
  for (const [group, offsets] of places.entries()) {
    if (offsets.length === 0) continue;
    const [attribute, level] = [Math.floor(group / levels), group % levels];
    const mechanism = anyMechanismOf(schema, attribute, level);
    try {
      columns.push({ attribute, level, column: mechanism.decodeBatch(batch.bytes, offsets) });
    } catch (cause) {
      throw blame(batch, offsets, (offset) => mechanism.decode(batch.bytes, offset), cause);
    }
  }
  return columns;
}

function forEachItem(
  schema: Schema,
  { count, bytes, offsets }: ReportBatch,
  found: (attribute: number, level: number, offset: number) => void,
): void {
  const read = reportReader(schema);
  for (let i = 0; i < count; i++) {
    try {
      read(bytes, offsets[i] as number, offsets[i + 1] as number, found);
    } catch (cause) {
      throw named(i, cause);
    }
  }
}

function checkOffsets({ count, bytes, offsets }: ReportBatch): void {
  let fits = offsets.length === count + 1 && offsets[0] === 0 && offsets[count] === bytes.length;
  for (let i = 0; fits && i < count; i++)
    fits = (offsets[i] as number) <= (offsets[i + 1] as number);
  if (!fits)
    throw new LdpError(
      "EMRX_MALFORMED_REPORT",
      `batch: offsets must be ${count} + 1 positions that ascend from 0 to ${bytes.length}`,
    );
}

/** A column failed: finds the first report that fails alone. */
function blame(
  { offsets }: ReportBatch,
  places: Uint32Array,
  decode: (offset: number) => unknown,
  cause: unknown,
): unknown {
  for (const place of places) {
    try {
      decode(place);
    } catch (error) {
      return named(offsets.findIndex((offset) => offset > place) - 1, error);
    }
  }
  return cause;
}

function named(report: number, cause: unknown): unknown {
  if (!(cause instanceof LdpError)) return cause;
  return new LdpError(
    cause.code,
    `report ${report} of the batch (the first is 0): ${cause.message}`,
    { cause },
  );
}
