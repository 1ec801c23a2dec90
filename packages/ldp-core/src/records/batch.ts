// Many people's records in, one array of report bytes out. Columns all the way; all of it happens or nothing does.
import { hexToBytes } from "@noble/hashes/utils.js";
import type { AccountLine } from "../accounting/account.js";
import { AccountTransaction } from "../accounting/transaction.js";
import { LdpError } from "../errors/ldp-error.js";
import { parseBudget } from "../exact/decimal.js";
import { platformRandom } from "../random/platform.js";
import type { RandomSource } from "../random/source.js";
import { anyMechanismOf, chainOfAttribute } from "../schema/mechanism.js";
import type { Schema } from "../schema/schema.js";
import type { BatchOptions } from "./batch-options.js";
import type { ReportBatch } from "./batch-report.js";
import { pickRows, type TableColumn } from "./column.js";
import { stepAt, stepsBelow, writeRelease } from "./full-report.js";
import { planRows, type RowPlan } from "./plan.js";
import { type Release, releaseFor } from "./release.js";
import { headerBytes, itemBytes, writeHeader, writeItem } from "./report.js";
import { drawSelection, type Selection } from "./selection.js";
import type { Table } from "./table.js";

/** Rows between two looks at the signal. */
const stride = 8192;

/**
 * Randomizes a table of records: the columnar form of {@link createRandomizer}, with the same rules. A row whose subject
 * already gave the same record under the same policy gets the same bytes again and costs nothing.
 *
 * It is one synchronous piece of work that ends with one atomic write of all debits and reports; when it throws, for
 * whatever reason, nothing was spent and nothing is handed out. (If the store itself fails while writing, the debits may
 * stand; the same call again then returns their reports and spends nothing.)
 *
 * @param schema the schema
 * @param table from {@link encodeTable}
 * @param options people, policies, budget, store
 * @returns one report a row, in the order of the rows
 * @throws `EMRX_BUDGET_EXHAUSTED` naming the subject and what is left, `EMRX_ABORTED`, `EMRX_MISMATCH` for a table of
 *   another schema, `EMRX_BAD_PARAMETER` for subjects or policies that do not fit the rows
 * @example
 * ```ts
 * import { defineSchema, encodeTable, memoryStore, policyFor, randomizeBatch } from "@emrx/ldp-core";
 *
 * const schema = defineSchema({
 *   id: "visit", version: 1, levels: { usual: "1" },
 *   attributes: { smoker: { type: "categorical", values: ["no", "yes"], level: "usual" } },
 *   disclose: "all",
 * });
 * const batch = randomizeBatch(schema, encodeTable(schema, { smoker: ["yes", "no"] }), {
 *   policies: [policyFor(schema)], subjects: ["patient 1", "patient 2"],
 *   lifetimeBudget: "1", memory: memoryStore(),
 * });
 * batch.count; // => 2
 * ```
 */
export function randomizeBatch(schema: Schema, table: Table, options: BatchOptions): ReportBatch {
  checkBatch(schema, table, options);
  const { memory, onProgress, signal } = options;
  const random = options.random ?? platformRandom();
  const total = 3 * table.rows;
  const progress = (done: number): void => {
    onProgress?.(done, total);
    if (signal?.aborted)
      throw new LdpError(
        "EMRX_ABORTED",
        "the caller's signal stopped the batch; nothing was spent",
        {
          cause: signal.reason,
        },
      );
  };
  progress(0);
  const transaction = new AccountTransaction(
    memory,
    parseBudget(options.lifetimeBudget, "lifetimeBudget"),
  );
  const releases = options.policies.map((policy) => releaseFor(schema, policy, options.level));
  const plan = planRows(schema, table, options, releases, transaction, every(progress, 0));
  const selection = drawSelection(schema, options, plan, random, every(progress, table.rows));
  const fullReports = assemble(schema, table, plan, selection, random);
  const batch =
    schema.lowerLevels === "derived"
      ? releaseAll(schema, fullReports, releases[0]?.requested ?? 0)
      : fullReports;
  progress(2 * table.rows);
  transaction.commit(linesFor(options, releases, plan, fullReports));
  onProgress?.(total, total);
  return batch;
}

/** Reports progress once in `stride` rows. */
function every(progress: (done: number) => void, before: number): (row: number) => void {
  return (row) => {
    if (row % stride === 0 && row > 0) progress(before + row);
  };
}

function checkBatch(schema: Schema, table: Table, options: BatchOptions): void {
  if (table.schemaHash !== schema.hash)
    throw new LdpError(
      "EMRX_MISMATCH",
      `table: it was encoded by schema ${table.schemaHash}, not by ${schema.hash}`,
    );
  const { subjects, policies, policyOf } = options;
  const foreign = policies.findIndex(({ schemaHash }) => schemaHash !== schema.hash);
  if (foreign >= 0)
    throw new LdpError(
      "EMRX_MISMATCH",
      `policies[${foreign}] was worked out for another schema than ${schema.id} version ${schema.version}`,
    );
  if (subjects.length !== table.rows)
    throw new LdpError(
      "EMRX_BAD_PARAMETER",
      `subjects has ${subjects.length} entries; expected one for each of ${table.rows} rows`,
    );
  const missing = subjects.findIndex((subject) => typeof subject !== "string" || subject === "");
  if (missing >= 0)
    throw new LdpError(
      "EMRX_BAD_PARAMETER",
      `subjects[${missing}] is no text; every row needs one`,
    );
  if (policyOf !== undefined && policyOf.length !== table.rows)
    throw new LdpError(
      "EMRX_BAD_PARAMETER",
      `policyOf has ${policyOf.length} entries; expected one for each of ${table.rows} rows`,
    );
  for (let row = 0; row < table.rows; row++) {
    const policy = policyOf?.[row] ?? 0;
    if (policies[policy] === undefined)
      throw new LdpError(
        "EMRX_BAD_PARAMETER",
        `policyOf[${row}] is ${policy}; expected 0 to ${policies.length - 1}`,
      );
  }
}

/** Writes the full reports: whole ones where they were memoized, else one mechanism at a time over all its rows. */
function assemble(
  schema: Schema,
  table: Table,
  plan: RowPlan,
  selection: Selection,
  random: RandomSource,
): ReportBatch {
  const { offsets, below } = fullReportOffsets(schema, table.rows, plan, selection);
  const bytes = new Uint8Array(offsets[table.rows] as number);
  const hash = hexToBytes(schema.hash);
  const next = new Uint32Array(table.rows); // where the next attribute of each row goes
  for (let row = 0; row < table.rows; row++) {
    const start = offsets[row] as number;
    const known = plan.known.get(row);
    if (known !== undefined) bytes.set(known, start);
    else if (plan.sameAs[row] === row) {
      writeHeader(hash, selection.disclosedOf(row), bytes, start);
      next[row] = start + headerBytes;
    }
  }
  // Groups come by ascending attribute, so each row's attributes are laid down in that order.
  for (const { attribute, level, rows } of selection.groups) {
    const mechanism = anyMechanismOf(schema, attribute, level);
    const values = pickRows(table.columns[attribute] as TableColumn, rows);
    const places = new Uint32Array(rows.length);
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i] as number;
      const at = next[row] as number;
      writeItem(attribute, level, bytes, at);
      places[i] = at + itemBytes;
      next[row] = at + itemBytes + mechanism.reportBytes;
    }
    let reports = mechanism.randomizeBatch(values, random);
    mechanism.encodeBatch(reports, bytes, places);
    const chain = chainOfAttribute(schema, attribute);
    if (chain === undefined) continue;
    for (let step = stepAt(chain, level) + 1; step < chain.degradation.levels.length; step++) {
      reports = chain.degradation.degradeBatch(reports, step - 1, step, random);
      for (let i = 0; i < rows.length; i++) {
        const row = rows[i] as number;
        places[i] = below[row] as number;
        below[row] = (places[i] as number) + mechanism.reportBytes;
      }
      mechanism.encodeBatch(reports, bytes, places);
    }
  }
  // Last the rows that repeat an earlier row of this batch.
  for (let row = 0; row < table.rows; row++) {
    const original = plan.sameAs[row] as number;
    if (original !== row)
      bytes.copyWithin(offsets[row] as number, offsets[original] as number, offsets[original + 1]);
  }
  return { count: table.rows, bytes, offsets };
}

/** Where each row's full report starts, and where its lower levels do. */
function fullReportOffsets(
  schema: Schema,
  rows: number,
  plan: RowPlan,
  selection: Selection,
): { readonly offsets: Uint32Array; readonly below: Uint32Array } {
  const lengths = new Uint32Array(rows).fill(headerBytes);
  for (const { rows: members, reportBytes } of selection.groups)
    for (const row of members) lengths[row] = (lengths[row] as number) + itemBytes + reportBytes;
  const below = lengths.slice();
  for (const { rows: members, attribute, level, reportBytes } of selection.groups) {
    const lower = stepsBelow(schema, attribute, level) * reportBytes;
    if (lower > 0) for (const row of members) lengths[row] = (lengths[row] as number) + lower;
  }
  const offsets = new Uint32Array(rows + 1);
  let end = 0;
  for (let row = 0; row < rows; row++) {
    const original = plan.sameAs[row] as number; // never later than the row itself
    lengths[row] = plan.known.get(original)?.length ?? (lengths[original] as number);
    below[row] = end + (below[row] as number);
    end += lengths[row] as number;
    offsets[row + 1] = end;
  }
  if (end > 0xffffffff)
    throw new LdpError("EMRX_TOO_LARGE", `the reports take ${end} bytes; split the table`);
  return { offsets, below };
}

/** What each account buys. Made one account at a time, while the store writes. */
function linesFor(
  { policyOf }: BatchOptions,
  releases: readonly Release[],
  plan: RowPlan,
  { bytes, offsets }: ReportBatch,
): (account: number) => readonly AccountLine[] {
  return (account) =>
    plan.paidRows(account).map((row) => {
      const { debit, note, answerFor } = releases[policyOf?.[row] ?? 0] as Release;
      const topUp = plan.topUps.get(row);
      const fullReport =
        topUp === undefined ? bytes.subarray(offsets[row], offsets[row + 1]) : undefined;
      return {
        amount: topUp ?? debit,
        note,
        fingerprint: plan.fingerprint(row),
        answer: answerFor(fullReport),
      };
    });
}

/** The reports of full reports at a level. */
function releaseAll(
  schema: Schema,
  { count, bytes, offsets }: ReportBatch,
  requested: number,
): ReportBatch {
  const released = new Uint8Array(bytes.length);
  const ends = new Uint32Array(count + 1);
  for (let row = 0; row < count; row++) {
    const fullReport = bytes.subarray(offsets[row], offsets[row + 1]);
    ends[row + 1] = writeRelease(schema, fullReport, requested, released, ends[row] as number);
  }
  return { count, bytes: released.slice(0, ends[count]), offsets: ends };
}
