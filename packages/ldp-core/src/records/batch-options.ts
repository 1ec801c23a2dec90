// What randomizing a table needs besides the schema and the table.
import { type ColumnSource, uint32Column } from "@emrx/internal/columns";
import {
  anything,
  arrayOf,
  fn,
  object,
  oneOf,
  optional,
  secret,
  signal,
  text,
} from "@emrx/internal/shape";
import { subjectShape } from "../accounting/shapes.js";
import { check } from "../errors/check.js";
import { LdpError } from "../errors/ldp-error.js";
import { budgetShape } from "../exact/decimal.js";
import { platformRandom } from "../random/platform.js";
import type { RandomSource } from "../random/source.js";
import { checkedPolicy, type Policy } from "../schema/policy.js";
import type { Schema } from "../schema/schema.js";
import { storeShape } from "../stores/checked.js";
import type { Store } from "../stores/store.js";
import type { Table } from "./column.js";
import { randomShape } from "./randomizer-options.js";
import { tableOf } from "./table-shape.js";

/** What `randomizeBatch` needs besides the schema and the table. */
export interface BatchOptions {
  /** The policies that occur, see `policyFor`. */
  readonly policies: readonly Policy[];
  /** For each row the index of its policy; all rows have the first unless given. */
  readonly policyOf?: ColumnSource<number>;
  /** For each row the person, as the site knows them. Budgets are kept under these names. */
  readonly subjects: readonly string[];
  /**
   * What is done with a subject that comes in more than one row: `"refuse"` the batch (unless given), since each record of a person
   * costs its own debit; or `"charge"` each record.
   */
  readonly repeatedSubjects?: "refuse" | "charge";
  /**
   * What is done where a budget does not allow a row: `"refuse"` the batch (unless given), and nothing is spent; or `"skip"` the row,
   * which then has no report and costs nothing.
   */
  readonly onExhausted?: "refuse" | "skip";
  /**
   * Where the schema's lower levels are `"derived"`: the level at which the records are released, see `Randomizer.release`; every
   * attribute's own unless given.
   */
  readonly level?: string;
  /** What may be spent on each person for life, over all records and schemas: a decimal. */
  readonly lifetimeBudget: string | number;
  /** Keeps what was spent and what was answered. */
  readonly memory: Store;
  /** **For tests and demonstrations only**: takes the place of the platform's generator, so that reports repeat. */
  readonly randomForTests?: RandomSource;
  /** Called now and then with the work done so far, never between a debit and its report; an error it throws stops the batch. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Stops the batch before the next debit. */
  readonly signal?: AbortSignal;
}

/** Options that were checked against the schema and the table. */
export interface BatchInput {
  readonly schema: Schema;
  readonly table: Table;
  /** Worked out anew: what a policy costs is never taken from the caller. */
  readonly policies: readonly Policy[];
  policyOf(row: number): number;
  readonly subjects: readonly string[];
  readonly onExhausted: "refuse" | "skip";
  readonly level: string | undefined;
  readonly lifetimeBudget: string;
  readonly memory: Store;
  readonly random: RandomSource;
  readonly onProgress: ((done: number, total: number) => void) | undefined;
  readonly signal: AbortSignal | undefined;
}

const batchOptions = /* @__PURE__ */ object({
  policies: /* @__PURE__ */ arrayOf(anything, { least: 1 }),
  policyOf: /* @__PURE__ */ optional(anything),
  subjects: /* @__PURE__ */ secret(/* @__PURE__ */ arrayOf(subjectShape)),
  repeatedSubjects: /* @__PURE__ */ optional(/* @__PURE__ */ oneOf(["refuse", "charge"])),
  onExhausted: /* @__PURE__ */ optional(/* @__PURE__ */ oneOf(["refuse", "skip"])),
  level: /* @__PURE__ */ optional(/* @__PURE__ */ text()),
  lifetimeBudget: budgetShape,
  memory: storeShape,
  randomForTests: /* @__PURE__ */ optional(randomShape),
  onProgress: /* @__PURE__ */ optional(/* @__PURE__ */ fn<(done: number, total: number) => void>()),
  signal: /* @__PURE__ */ optional(/* @__PURE__ */ signal()),
});

/** Checks options against the schema and the table. */
export function batchInput(schema: Schema, table: Table, options: unknown): BatchInput {
  const given = check(batchOptions, options, "options");
  const { subjects } = given;
  const checkedTable = check(tableOf(schema), table, "table");
  if (subjects.length !== checkedTable.rows)
    throw new LdpError(
      "EMRX_BAD_PARAMETER",
      `options.subjects has ${subjects.length} entries; expected one for each of ${checkedTable.rows} rows`,
    );
  if ((given.repeatedSubjects ?? "refuse") === "refuse") refuseRepeats(subjects);
  return {
    ...given,
    schema,
    table: checkedTable,
    policies: given.policies.map((policy, i) =>
      checkedPolicy(schema, policy, `options.policies[${i}]`),
    ),
    policyOf: policyReader(given.policyOf, checkedTable.rows, given.policies.length),
    onExhausted: given.onExhausted ?? "refuse",
    level: given.level,
    random: given.randomForTests ?? platformRandom(),
    onProgress: given.onProgress,
    signal: given.signal,
  };
}

function refuseRepeats(subjects: readonly string[]): void {
  const rows = new Map<string, number>();
  for (const [row, subject] of subjects.entries()) {
    const before = rows.get(subject);
    if (before !== undefined)
      throw new LdpError(
        "EMRX_REPEATED_SUBJECT",
        `options.subjects has the same subject in rows ${before} and ${row}, which would be charged for each of them; ` +
          'keep one record a subject, or say repeatedSubjects: "charge"',
      );
    rows.set(subject, row);
  }
}

function policyReader(given: unknown, rows: number, policies: number): (row: number) => number {
  if (given === undefined) return () => 0;
  const shape = uint32Column(policies - 1, { length: rows });
  // A copy, so that nobody can change a row's policy between its debit and its draw.
  const indices = check(shape, given, "options.policyOf").slice();
  return (row) => indices[row] as number;
}
