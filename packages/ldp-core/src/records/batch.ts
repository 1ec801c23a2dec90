// Many people's records in, one array of report bytes out: planned as a whole, then drawn, paid and handed on chunk by chunk.
import type { AccountLine } from "../accounting/account.js";
import { attemptCounter } from "../accounting/transaction.js";
import { check } from "../errors/check.js";
import { LdpError } from "../errors/ldp-error.js";
import type { Schema } from "../schema/schema.js";
import { schemaShape } from "../schema/schema-shape.js";
import { assemble, type FullReports } from "./assemble.js";
import { type BatchInput, type BatchOptions, batchInput } from "./batch-options.js";
import type { ReportBatch } from "./batch-report.js";
import type { Table } from "./column.js";
import { writeRelease } from "./full-report.js";
import { planRows, type RowPlan } from "./plan.js";
import { type Release, releaseFor } from "./release.js";
import { poolSampler } from "./sample.js";
import { drawSelection } from "./selection.js";

/** Rows of one debit: few enough that a stop loses little work, many enough that the store's sync does not count. */
const chunkRows = 16_384;

/** What {@link randomizeBatch} hands out. */
export interface RandomizedBatch extends ReportBatch {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The rows without a report, ascending: their subjects' budgets do not allow one. The reports are those of the other rows, in order. */
  readonly skipped: Uint32Array;
}

/**
 * Randomizes a table of records: the columnar form of {@link createRandomizer}, with the same rules. A row whose subject
 * already gave the same record under the same policy gets the same bytes again and costs nothing.
 *
 * All rows are planned, and all budgets looked at, before the first debit. Then the batch is drawn and paid in chunks. If it
 * stops half-way (its signal, the store, a kill), the chunks that were paid stay paid, and the same call again gives their
 * reports without a second debit.
 *
 * @param schema the schema
 * @param table from {@link encodeTable}
 * @param options people, policies, budget, store
 * @returns one report for each row that was not skipped, in the order of the rows, once all debits are durable
 * @throws `EMRX_BUDGET_EXHAUSTED` naming the row and what is left, `EMRX_REPEATED_SUBJECT`, `EMRX_ABORTED`, `EMRX_MISMATCH` for a table or
 *   a policy of another schema, `EMRX_BAD_PARAMETER` for options that do not fit; then nothing was spent, except by an abort. `EMRX_STORE_FAILED` and its
 *   like, after which some chunks may be paid
 * @example
 * ```ts
 * import { defineSchema, encodeTable, memoryStore, policyFor, randomizeBatch } from "@emrx/ldp-core";
 *
 * const schema = defineSchema({
 *   id: "visit", version: 1, levels: { usual: "1" },
 *   attributes: { smoker: { type: "categorical", values: ["no", "yes"], level: "usual" } },
 *   disclose: "all",
 * });
 * const batch = await randomizeBatch(schema, encodeTable(schema, { smoker: ["yes", "no"] }), {
 *   policies: [policyFor(schema)], subjects: ["patient 1", "patient 2"],
 *   lifetimeBudget: "1", memory: memoryStore(),
 * });
 * batch.count; // => 2
 * ```
 */
export async function randomizeBatch(
  schema: Schema,
  table: Table,
  options: BatchOptions,
): Promise<RandomizedBatch> {
  check(schemaShape, schema, "schema");
  const input = batchInput(schema, table, options);
  const releases = input.policies.map((policy) => releaseFor(schema, policy, input.level));
  const samplers = input.policies.map(poolSampler);
  const { rows } = input.table;
  const progress = progressOf(input);
  const attempts = attemptCounter();
  const chunks: Chunk[] = [];
  const skipped: number[] = [];
  let first = 0;
  await progress(0, 0);
  while (first < rows) {
    const plan = await planRows(input, releases, first, (row) =>
      (row - first) % chunkRows === 0 ? progress(Math.max(row, first), first) : undefined,
    );
    while (first < rows) {
      const end = Math.min(rows, first + chunkRows);
      const groups = drawSelection(input, samplers, plan, first, end);
      const fullReports = assemble(input, plan, groups, first, end);
      recordLines(input, releases, plan, fullReports, first, end);
      await progress(rows, end);
      if (!(await plan.transaction.commit())) {
        // Another process wrote to one of the accounts first: the rest is planned anew, on what it left.
        attempts.failed();
        break;
      }
      attempts.succeeded();
      chunks.push(releaseChunk(input, releases, plan, fullReports, first, end));
      for (let row = first; row < end; row++)
        if (plan.skipped.has(plan.sameAs(row))) skipped.push(row);
      first = end;
    }
  }
  return { ...joinChunks(chunks), skipped: Uint32Array.from(skipped) };
}

/** Reports progress (a row counts once when it is planned and once when it is drawn), lets other work run, and looks at the signal. */
function progressOf({
  table: { rows },
  onProgress,
  signal,
}: BatchInput): (planned: number, drawn: number) => Promise<void> {
  return async (planned, drawn) => {
    onProgress?.(planned + drawn, 2 * rows);
    await new Promise((resolve) => setTimeout(resolve));
    if (signal?.aborted)
      throw new LdpError(
        "EMRX_ABORTED",
        "the caller's signal stopped the batch; reports that were paid come again without a debit if it is repeated",
        { cause: signal.reason },
      );
  };
}

/** Records in the transaction what each row of a chunk buys. */
function recordLines(
  { policyOf, subjects }: BatchInput,
  releases: readonly Release[],
  plan: RowPlan,
  { bytes, offsets }: FullReports,
  first: number,
  end: number,
): void {
  for (let row = first; row < end; row++) {
    const topUp = plan.topUps.get(row);
    if (topUp === undefined && !plan.isNew(row)) continue;
    const { debit, note, answerFor } = releases[policyOf(row)] as Release;
    const i = row - first;
    const line: AccountLine = {
      amount: topUp ?? debit,
      note,
      fingerprint: plan.fingerprint(row),
      answer: answerFor(
        topUp === undefined ? bytes.subarray(offsets[i], offsets[i + 1]) : undefined,
      ),
    };
    plan.transaction.record(plan.transaction.account(subjects[row] as string), line);
  }
}

/** The reports of a chunk's rows; `sameAs` is the row whose report a row has. */
interface Chunk {
  readonly first: number;
  readonly end: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly offsets: Uint32Array;
  readonly sameAs: Uint32Array;
}

function releaseChunk(
  { schema }: BatchInput,
  releases: readonly Release[],
  plan: RowPlan,
  { bytes, offsets }: FullReports,
  first: number,
  end: number,
): Chunk {
  const sameAs = Uint32Array.from({ length: end - first }, (_, i) => plan.sameAs(first + i));
  if (schema.lowerLevels !== "derived") return { first, end, bytes, offsets, sameAs };
  const requested = releases[0]?.requested ?? 0;
  const released = new Uint8Array(bytes.length);
  const ends = new Uint32Array(offsets.length);
  for (let i = 0; i < end - first; i++) {
    const fullReport = bytes.subarray(offsets[i], offsets[i + 1]);
    const at = ends[i] as number;
    ends[i + 1] =
      fullReport.length === 0 ? at : writeRelease(schema, fullReport, requested, released, at);
  }
  return { first, end, bytes: released, offsets: ends, sameAs };
}

/** All reports end to end, repeated rows included. */
function joinChunks(chunks: readonly Chunk[]): Omit<RandomizedBatch, "skipped"> {
  const eachReport = (found: (report: Uint8Array) => void): void => {
    for (const chunk of chunks)
      for (const row of chunk.sameAs) {
        // The first row with a record comes before the others, in this chunk or an earlier one.
        const { first, bytes, offsets } =
          row >= chunk.first ? chunk : (chunks.find(({ end }) => row < end) as Chunk);
        const report = bytes.subarray(offsets[row - first], offsets[row - first + 1]);
        if (report.length > 0) found(report);
      }
  };
  let [size, count] = [0, 0];
  eachReport((report) => {
    size += report.length;
    count++;
  });
  if (size > 0xffffffff)
    throw new LdpError("EMRX_TOO_LARGE", `the reports take ${size} bytes; split the table`);
  const bytes = new Uint8Array(size);
  const offsets = new Uint32Array(count + 1);
  let [at, i] = [0, 0];
  eachReport((report) => {
    bytes.set(report, at);
    at += report.length;
    offsets[++i] = at;
  });
  return { count, bytes, offsets };
}
