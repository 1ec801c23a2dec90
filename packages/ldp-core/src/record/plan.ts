// First pass of a batch: which rows were answered before, which repeat an earlier row, and whether the rest can be paid.
import { type AccountDraft, type DraftAccount, memoizedAnswer } from "../budget/draft.js";
import type { Value } from "../schema/carrier.js";
import type { Policy } from "../schema/policy.js";
import type { Schema } from "../schema/schema.js";
import type { BatchOptions } from "./batch.js";
import { type TableColumn, valueAt } from "./column.js";
import { fingerprintBytes, fingerprintFor } from "./fingerprint.js";
import type { Table } from "./table.js";

/** What is to be done with each row. */
export interface RowPlan {
  /** Rows whose report is in the store already. */
  readonly known: ReadonlyMap<number, Uint8Array>;
  /** For each row the first row of the batch with the same subject, policy and record: mostly itself. */
  readonly sameAs: Uint32Array;
  /** For each row its subject's account. */
  readonly accounts: readonly DraftAccount[];
  /** The fingerprint of a row. */
  mark(row: number): Uint8Array;
}

/** Plans all rows and debits, in the draft, those that are new. Throws, and nothing happened, where a budget is short. */
export function planRows(
  schema: Schema,
  table: Table,
  { policies, policyOf, subjects }: BatchOptions,
  draft: AccountDraft,
  progress: (row: number) => void,
): RowPlan {
  const fingerprints = policies.map((policy) => fingerprintFor(schema, policy));
  const marks = new Uint8Array(table.rows * fingerprintBytes);
  const mark = (row: number): Uint8Array =>
    marks.subarray(row * fingerprintBytes, (row + 1) * fingerprintBytes);
  const values = new Array<Value>(schema.attributes.length).fill(0);
  const known = new Map<number, Uint8Array>();
  const sameAs = new Uint32Array(table.rows);
  const accounts: DraftAccount[] = [];
  const lastOf = new Int32Array(table.rows).fill(-1); // the latest row of each account
  const before = new Int32Array(table.rows).fill(-1); // the previous row of the same subject

  for (let row = 0; row < table.rows; row++) {
    progress(row);
    const policy = policyOf?.[row] ?? 0;
    const { pool, debit } = policies[policy] as Policy;
    for (const [i, attribute] of pool.entries())
      values[i] = valueAt(table.columns[attribute] as TableColumn, row);
    const bytes = fingerprints[policy]?.(values);
    marks.set(bytes as Uint8Array, row * fingerprintBytes);

    const account = draft.open(subjects[row] as string);
    accounts.push(account);
    before[row] = lastOf[account.index] as number;
    lastOf[account.index] = row;
    sameAs[row] = earliestEqual(row, before, marks);
    if (sameAs[row] !== row) continue;
    const answer = memoizedAnswer(account, mark(row));
    if (answer !== undefined) known.set(row, answer);
    else draft.debit(account, debit);
  }
  return { known, sameAs, accounts, mark };
}

function earliestEqual(row: number, before: Int32Array, marks: Uint8Array): number {
  let earliest = row;
  for (let other = before[row] as number; other >= 0; other = before[other] as number)
    if (sameMark(marks, row, other)) earliest = other;
  return earliest;
}

function sameMark(marks: Uint8Array, a: number, b: number): boolean {
  for (let i = 0; i < fingerprintBytes; i++)
    if (marks[a * fingerprintBytes + i] !== marks[b * fingerprintBytes + i]) return false;
  return true;
}
