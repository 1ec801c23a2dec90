// First pass of a batch: which rows were answered before, which repeat an earlier row, and whether the rest can be paid.
import type { AccountTransaction } from "../accounting/transaction.js";
import type { Value } from "../schema/any-mechanism.js";
import type { Policy } from "../schema/policy.js";
import type { Schema } from "../schema/schema.js";
import type { BatchOptions } from "./batch-options.js";
import { type TableColumn, valueAt } from "./column.js";
import { fingerprintBytes, fingerprintFor } from "./fingerprint.js";
import type { Release } from "./release.js";
import type { Table } from "./table.js";

/** What is to be done with each row. */
export interface RowPlan {
  /** Rows that the store has an answer to: a report, or a full report where lower levels are derived. */
  readonly known: ReadonlyMap<number, Uint8Array>;
  /** What known rows still cost, of those that do: they were released at lower levels only. */
  readonly topUps: ReadonlyMap<number, string>;
  /** For each row the first row of the batch with the same subject, policy and record: mostly itself. */
  readonly sameAs: Uint32Array;
  /** The rows of an account that are to be paid for, ascending. */
  paidRows(account: number): readonly number[];
  /** The fingerprint of a row. */
  fingerprint(row: number): Uint8Array;
}

/** Plans all rows and debits, in the transaction, those that are new. Throws, and nothing happened, where a budget is short. */
export function planRows(
  schema: Schema,
  table: Table,
  { policies, policyOf, subjects }: BatchOptions,
  releases: readonly Release[],
  transaction: AccountTransaction,
  progress: (row: number) => void,
): RowPlan {
  const { rows } = table;
  const readers = policies.map((policy) => rowReader(schema, table, policy));
  const fingerprints = new Uint8Array(rows * fingerprintBytes);
  const fingerprint = (row: number): Uint8Array =>
    fingerprints.subarray(row * fingerprintBytes, (row + 1) * fingerprintBytes);
  const known = new Map<number, Uint8Array>();
  const topUps = new Map<number, string>();
  const sameAs = new Uint32Array(rows);
  // The rows of each account as a list: its first and latest row, and after each row the next; -1 is none.
  const [first, latest, next] = [noRows(rows), noRows(rows), noRows(rows)];

  for (let row = 0; row < rows; row++) {
    progress(row);
    const policy = policyOf?.[row] ?? 0;
    fingerprints.set((readers[policy] as (row: number) => Uint8Array)(row), row * fingerprintBytes);

    const account = transaction.open(subjects[row] as string);
    const before = latest[account] as number;
    if (before < 0) first[account] = row;
    else next[before] = row;
    latest[account] = row;
    const earliest = earliestEqual(row, first[account] as number, next, fingerprints);
    sameAs[row] = earliest;
    if (earliest !== row) continue;
    const release = releases[policy] as Release;
    const answers = transaction.answers(account, fingerprint(row));
    const due = release.due(answers);
    if (due !== undefined) transaction.debit(account, due);
    if (answers.length === 0) continue;
    known.set(row, release.fullReportIn(answers));
    if (due !== undefined) topUps.set(row, due);
  }

  const paidRows = (account: number): readonly number[] => {
    const found: number[] = [];
    for (let row = first[account] as number; row >= 0; row = next[row] as number)
      if (sameAs[row] === row && (!known.has(row) || topUps.has(row))) found.push(row);
    return found;
  };
  return { known, topUps, sameAs, paidRows, fingerprint };
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

function earliestEqual(
  row: number,
  first: number,
  next: Int32Array,
  fingerprints: Uint8Array,
): number {
  let other = first;
  while (other !== row && !sameFingerprint(fingerprints, row, other)) other = next[other] as number;
  return other;
}

function sameFingerprint(fingerprints: Uint8Array, a: number, b: number): boolean {
  for (let i = 0; i < fingerprintBytes; i++)
    if (fingerprints[a * fingerprintBytes + i] !== fingerprints[b * fingerprintBytes + i])
      return false;
  return true;
}
