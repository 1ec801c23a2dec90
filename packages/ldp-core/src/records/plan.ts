// First pass of a batch: which rows were answered before, which repeat an earlier row, and whether the rest can be paid.
import { AccountTransaction } from "../accounting/transaction.js";
import type { Value } from "../schema/any-mechanism.js";
import type { Policy } from "../schema/policy.js";
import type { Schema } from "../schema/schema.js";
import type { BatchInput } from "./batch-options.js";
import type { Table } from "./column.js";
import { type TableColumn, valueAt } from "./column.js";
import { fingerprintBytes, fingerprintFor } from "./fingerprint.js";
import type { Release } from "./release.js";

/** What is to be done with each row from `first` on. Rows before it are done. */
export interface RowPlan {
  readonly transaction: AccountTransaction;
  /** Rows that the store has an answer to: a report, or a full report where lower levels are derived. */
  readonly known: ReadonlyMap<number, Uint8Array>;
  /** What known rows still cost, of those that do: they were released at lower levels only. */
  readonly topUps: ReadonlyMap<number, string>;
  /** Rows that a budget does not allow. */
  readonly skipped: ReadonlySet<number>;
  /** The first row from `first` on with the same subject, policy and record: mostly the row itself. */
  sameAs(row: number): number;
  /** Whether a row is to be drawn: neither known nor skipped nor a repetition. */
  isNew(row: number): boolean;
  /** The fingerprint of a row. */
  fingerprint(row: number): Uint8Array<ArrayBuffer>;
}

/**
 * Reads the accounts of all rows from `first` on, plans the rows, and debits in the transaction those that are new. Nothing is
 * written yet.
 *
 * @throws `EMRX_BUDGET_EXHAUSTED` naming the row, where a budget is short and rows are not to be skipped
 */
export async function planRows(
  input: BatchInput,
  releases: readonly Release[],
  first: number,
  pause: (row: number) => Promise<void> | undefined,
): Promise<RowPlan> {
  const { schema, table, policies, subjects } = input;
  const rows = table.rows - first;
  const transaction = await AccountTransaction.begin({
    memory: input.memory,
    lifetimeBudget: input.lifetimeBudget,
    subjects: first === 0 ? subjects : subjects.slice(first),
  });
  const readers = policies.map((policy) => rowReader(schema, table, policy));
  const fingerprints = new Uint8Array(rows * fingerprintBytes);
  const fingerprint = (row: number): Uint8Array<ArrayBuffer> =>
    fingerprints.subarray((row - first) * fingerprintBytes, (row - first + 1) * fingerprintBytes);
  const known = new Map<number, Uint8Array>();
  const topUps = new Map<number, string>();
  const skipped = new Set<number>();
  const sameAs = new Uint32Array(rows);
  // The rows of each account as a list: its first and latest row, and after each row the next; -1 is none.
  const [earliest, latest, next] = [noRows(rows), noRows(rows), noRows(rows)];

  for (let row = first; row < table.rows; row++) {
    const pausing = pause(row);
    if (pausing !== undefined) await pausing;
    const policy = input.policyOf(row);
    const account = transaction.account(subjects[row] as string);
    const i = row - first;
    fingerprints.set((readers[policy] as (row: number) => Uint8Array)(row), i * fingerprintBytes);
    const before = latest[account] as number;
    if (before < 0) earliest[account] = i;
    else next[before] = i;
    latest[account] = i;
    const same = firstEqual(i, earliest[account] as number, next, fingerprints);
    sameAs[i] = same;
    if (same !== i) continue;
    const release = releases[policy] as Release;
    const answers = transaction.answers(account, fingerprint(row));
    const due = release.due(answers);
    if (due !== undefined) {
      if (input.onExhausted === "refuse") transaction.debit(account, due, `row ${row}`);
      else if (!transaction.tryDebit(account, due)) {
        skipped.add(row);
        continue;
      }
    }
    if (answers.length === 0) continue;
    known.set(row, release.fullReportIn(answers));
    if (due !== undefined) topUps.set(row, due);
  }
  const original = (row: number): number => (sameAs[row - first] as number) + first;
  return {
    transaction,
    known,
    topUps,
    skipped,
    sameAs: original,
    isNew: (row) => original(row) === row && !known.has(row) && !skipped.has(row),
    fingerprint,
  };
}

const noRows = (rows: number): Int32Array => new Int32Array(rows).fill(-1);

/** Gives the fingerprint of a row under a policy. */
function rowReader(schema: Schema, table: Table, policy: Policy): (row: number) => Uint8Array {
  const columns = policy.pool.map((attribute) => table.columns[attribute] as TableColumn);
  const values = new Array<Value>(columns.length).fill(0);
  const fingerprint = fingerprintFor(schema, policy);
  return (row) => {
    for (let i = 0; i < columns.length; i++) values[i] = valueAt(columns[i] as TableColumn, row);
    return fingerprint(values);
  };
}

function firstEqual(
  row: number,
  earliest: number,
  next: Int32Array,
  fingerprints: Uint8Array,
): number {
  let other = earliest;
  while (other !== row && !sameFingerprint(fingerprints, row, other)) other = next[other] as number;
  return other;
}

function sameFingerprint(fingerprints: Uint8Array, a: number, b: number): boolean {
  for (let i = 0; i < fingerprintBytes; i++)
    if (fingerprints[a * fingerprintBytes + i] !== fingerprints[b * fingerprintBytes + i])
      return false;
  return true;
}
