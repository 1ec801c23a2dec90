// Third pass of a batch: the full reports of a chunk, one mechanism at a time over all its rows.
import { anyMechanismOf, chainOfAttribute } from "../schema/mechanism.js";
import type { Policy } from "../schema/policy.js";
import { type Schema, schemaHashOf } from "../schema/schema.js";
import type { BatchInput } from "./batch-options.js";
import { pickRows, type TableColumn } from "./column.js";
import { stepAt, stepsBelow } from "./full-report.js";
import type { RowPlan } from "./plan.js";
import { headerBytes, itemBytes, writeHeader, writeItem } from "./report.js";
import type { SelectionGroup } from "./selection.js";

/** Full reports of the rows of a chunk that are new or known; the others have none. Row `first + i` is at `offsets[i]`. */
export interface FullReports {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly offsets: Uint32Array;
}

/** Randomizes the new rows from `first` to before `end` and lays their full reports, and those that are known, end to end. */
export function assemble(
  { schema, table, policies, policyOf, random }: BatchInput,
  plan: RowPlan,
  groups: readonly SelectionGroup[],
  first: number,
  end: number,
): FullReports {
  const { offsets, below } = fullReportOffsets(schema, plan, groups, first, end);
  const bytes = new Uint8Array(offsets[end - first] as number);
  const hash = schemaHashOf(schema);
  const next = new Uint32Array(end - first); // where the next attribute of each row goes
  for (let row = first; row < end; row++) {
    const start = offsets[row - first] as number;
    const known = plan.known.get(row);
    if (known !== undefined) bytes.set(known, start);
    else if (plan.isNew(row)) {
      writeHeader(hash, (policies[policyOf(row)] as Policy).disclosed, bytes, start);
      next[row - first] = start + headerBytes;
    }
  }
  // Groups come by ascending attribute, so each row's attributes are laid down in that order.
  for (const { attribute, level, rows } of groups) {
    const mechanism = anyMechanismOf(schema, attribute, level);
    const values = pickRows(table.columns[attribute] as TableColumn, rows);
    const positions = new Uint32Array(rows.length);
    for (let i = 0; i < rows.length; i++) {
      const row = (rows[i] as number) - first;
      const at = next[row] as number;
      writeItem(attribute, level, bytes, at);
      positions[i] = at + itemBytes;
      next[row] = at + itemBytes + mechanism.reportBytes;
    }
    let reports = mechanism.randomizeBatch(values, random);
    mechanism.encodeBatch(reports, bytes, positions);
    const chain = chainOfAttribute(schema, attribute);
    if (chain === undefined) continue;
    for (let step = stepAt(chain, level) + 1; step < chain.degradation.levels.length; step++) {
      reports = chain.degradation.degradeBatch(reports, step - 1, step, random);
      for (let i = 0; i < rows.length; i++) {
        const row = (rows[i] as number) - first;
        positions[i] = below[row] as number;
        below[row] = (positions[i] as number) + mechanism.reportBytes;
      }
      mechanism.encodeBatch(reports, bytes, positions);
    }
  }
  return { bytes, offsets };
}

/** Where each row's full report starts, and where its lower levels do. */
function fullReportOffsets(
  schema: Schema,
  plan: RowPlan,
  groups: readonly SelectionGroup[],
  first: number,
  end: number,
): { readonly offsets: Uint32Array; readonly below: Uint32Array } {
  const rows = end - first;
  const lengths = new Uint32Array(rows);
  for (let i = 0; i < rows; i++)
    lengths[i] = plan.isNew(first + i) ? headerBytes : (plan.known.get(first + i)?.length ?? 0);
  for (const { rows: members, reportBytes } of groups)
    for (const row of members)
      lengths[row - first] = (lengths[row - first] as number) + itemBytes + reportBytes;
  const below = lengths.slice();
  for (const { rows: members, attribute, level, reportBytes } of groups) {
    const lower = stepsBelow(schema, attribute, level) * reportBytes;
    if (lower > 0)
      for (const row of members) lengths[row - first] = (lengths[row - first] as number) + lower;
  }
  const offsets = new Uint32Array(rows + 1);
  let at = 0;
  for (let i = 0; i < rows; i++) {
    below[i] = at + (below[i] as number);
    at += lengths[i] as number;
    offsets[i + 1] = at;
  }
  return { offsets, below };
}
