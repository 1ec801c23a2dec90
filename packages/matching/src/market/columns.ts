// Markets from tables: a row for each pair that is acceptable, with what the two think of each other.
import { type Column, type ColumnSource, column } from "@emrx/internal/columns";
import { number, object, recordOf, type Shape, text } from "@emrx/internal/shape";
import { anyMember, check } from "../check.js";
import { MatchingError } from "../errors.js";
import {
  type AsyncOptions,
  asyncOptions,
  atOnce,
  inTurns,
  type Steps,
  type Work,
} from "../steps.js";
import { arraySteps } from "./arrays.js";
import { checkQuota } from "./create.js";
import { type Market, otherSide, type SideName, singular } from "./market.js";
import { rowSorter } from "./row-sorter.js";

/** A table of acceptable pairs; see {@link marketFromColumns}. All columns have one length. */
export interface MarketColumns {
  /** The proposer's id in each row: an array, or a dictionary column `{ codes, values }`, or an Arrow-like vector. */
  readonly proposer: ColumnSource<string>;
  /** The reviewer's id in each row. */
  readonly reviewer: ColumnSource<string>;
  /** What the reviewer is worth to the proposer; higher is better, equal is a tie. */
  readonly proposerScore: ColumnSource<number>;
  /** What the proposer is worth to the reviewer. */
  readonly reviewerScore: ColumnSource<number>;
  /** The quota of every proposer, or by id; 1 where absent. */
  readonly proposerQuota?: number | Readonly<Record<string, number>>;
  /** The quota of every reviewer, or by id; 1 where absent. */
  readonly reviewerQuota?: number | Readonly<Record<string, number>>;
}

const idColumn: Shape<Column<string>> = /* @__PURE__ */ column(/* @__PURE__ */ text());
const tableShape: Shape<{
  readonly proposer: Column<string>;
  readonly reviewer: Column<string>;
  readonly proposerScore: unknown;
  readonly reviewerScore: unknown;
  readonly proposerQuota?: unknown;
  readonly reviewerQuota?: unknown;
}> = /* @__PURE__ */ object({
  proposer: idColumn,
  reviewer: idColumn,
  proposerScore: (value) => value,
  reviewerScore: (value) => value,
  proposerQuota: anyMember,
  reviewerQuota: anyMember,
});

/**
 * Makes a market of a table with a row for each acceptable pair. Agents are those that occur in it, in the order of their
 * ids; each ranks the others by score. Ids in dictionary columns are looked at once each, not once a row.
 *
 * @param given The columns.
 * @returns The market; linear but for sorting each list by score.
 * @throws EMRX_MATCHING_ARGUMENT for columns that are none or of different lengths, EMRX_MATCHING_SCORE for a score that is no
 * finite number, EMRX_MATCHING_QUOTA for a quota that is no whole number, EMRX_MATCHING_DUPLICATE for a pair in two rows.
 *
 * @example
 * ```ts
 * import { solve } from "@emrx/matching";
 * import { marketFromColumns } from "@emrx/matching/market";
 *
 * const market = marketFromColumns({
 *   proposer: ["ann", "ann", "bob"],
 *   reviewer: { codes: [0, 1, 0], values: ["city", "mercy"] },
 *   proposerScore: [9, 4, 7],
 *   reviewerScore: [1, 1, 2],
 * });
 * solve(market).pairs(); // => [["ann", "mercy"], ["bob", "city"]]
 * ```
 */
export function marketFromColumns(given: MarketColumns): Market {
  return atOnce((work) => columnSteps(given, work));
}

/**
 * {@link marketFromColumns}, in turns with whatever else the program has to do; sorting the ids is one turn.
 *
 * @param given The columns.
 * @param options `onProgress`, `signal`.
 * @returns The market that `marketFromColumns` returns.
 * @throws EMRX_MATCHING_ABORTED, and what `marketFromColumns` throws.
 *
 * @example
 * ```ts
 * import { marketFromColumnsAsync } from "@emrx/matching/market";
 *
 * const market = await marketFromColumnsAsync({
 *   proposer: ["ann", "bob"],
 *   reviewer: ["city", "city"],
 *   proposerScore: [1, 1],
 *   reviewerScore: [1, 2],
 * });
 * market.reviewers.lists; // => Uint32Array.of(1, 0)
 * ```
 */
export async function marketFromColumnsAsync(
  given: MarketColumns,
  options: AsyncOptions = {},
): Promise<Market> {
  return inTurns((work) => columnSteps(given, work), check(asyncOptions, options, "options"));
}

/** {@link marketFromColumns} in steps; four units a row. */
export function* columnSteps(given: MarketColumns, work: Work): Steps<Market> {
  const table = check(tableShape, given, "columns");
  const length = table.proposer.length;
  if (table.reviewer.length !== length)
    throw new MatchingError(
      "EMRX_MATCHING_ARGUMENT",
      `columns.reviewer has ${table.reviewer.length} rows; expected ${length}, as columns.proposer has.`,
    );
  const scores = {
    proposers: scoresOf(table.proposerScore, "columns.proposerScore", length),
    reviewers: scoresOf(table.reviewerScore, "columns.reviewerScore", length),
  };
  const agents = { proposers: numbered(table.proposer), reviewers: numbered(table.reviewer) };
  const listsOf = (side: SideName) =>
    rankedRows(
      agents[side].numbers,
      agents[otherSide(side)].numbers,
      scores[side],
      agents[side].ids.length,
      work,
    );
  work.total = 4 * length;
  const proposers = yield* listsOf("proposers");
  const reviewers = yield* listsOf("reviewers");
  return yield* arraySteps(
    {
      proposers: agents.proposers.ids.length,
      reviewers: agents.reviewers.ids.length,
      proposerIds: agents.proposers.ids,
      reviewerIds: agents.reviewers.ids,
      proposerQuotas: quotasOf("proposers", agents.proposers.ids, table.proposerQuota),
      reviewerQuotas: quotasOf("reviewers", agents.reviewers.ids, table.reviewerQuota),
      proposerOffsets: proposers.offsets,
      proposerLists: proposers.lists,
      proposerTiers: proposers.tiers,
      reviewerOffsets: reviewers.offsets,
      reviewerLists: reviewers.lists,
      reviewerTiers: reviewers.tiers,
    },
    work,
  );
}

function scoresOf(given: unknown, name: string, length: number): ArrayLike<number> {
  // The usual case in a plain loop; whatever is wrong is found, and named, by the reader of columns.
  if (given instanceof Float64Array && given.length === length && isFiniteThroughout(given))
    return given;
  const found = check(column(number(), { length }), given, name, "EMRX_MATCHING_SCORE");
  return found.numbers ?? Float64Array.from({ length }, (_, row) => found.at(row) as number);
}

function isFiniteThroughout(numbers: Float64Array): boolean {
  for (let i = 0; i < numbers.length; i++) if (!Number.isFinite(numbers[i])) return false;
  return true;
}

/** The ids of a column in order, and the number of each row's id. */
function numbered(given: Column<string>): { ids: string[]; numbers: Uint32Array } {
  const numbers = new Uint32Array(given.length);
  const { dictionary } = given;
  const codes = dictionary?.codes;
  let values: readonly string[];
  if (dictionary !== undefined && codes !== undefined) {
    // Only values that some row has, and each once.
    const used = new Uint8Array(dictionary.values.length);
    for (let row = 0; row < codes.length; row++) used[codes[row] as number] = 1;
    values = dictionary.values.filter((_, i) => used[i] === 1);
  } else values = Array.from({ length: given.length }, (_, row) => given.at(row) as string);
  const ids = [...new Set(values)].sort();
  const index = new Map(ids.map((id, i) => [id, i]));
  if (dictionary !== undefined && codes !== undefined) {
    const ofCode = Uint32Array.from(dictionary.values, (id) => index.get(id) ?? 0);
    for (let row = 0; row < codes.length; row++)
      numbers[row] = ofCode[codes[row] as number] as number;
  } else
    for (let row = 0; row < values.length; row++)
      numbers[row] = index.get(values[row] as string) as number;
  return { ids, numbers };
}

const quotaRecord: Shape<{ readonly [id: string]: unknown }> = /* @__PURE__ */ recordOf(
  (value) => value,
);

function quotasOf(side: SideName, ids: readonly string[], given: unknown): Uint32Array {
  if (given === undefined || typeof given === "number") {
    const quota = checkQuota(side, `every ${singular(side)}`, given ?? 1);
    return new Uint32Array(ids.length).fill(quota);
  }
  const byId = check(quotaRecord, given, `columns.${singular(side)}Quota`);
  return Uint32Array.from(ids, (id) => checkQuota(side, id, (byId[id] ?? 1) as number));
}

/** The rows of a table sorted by agent, and by score within each. */
function* rankedRows(
  agents: Uint32Array,
  entries: Uint32Array,
  scores: ArrayLike<number>,
  count: number,
  work: Work,
): Steps<{ offsets: Uint32Array; lists: Uint32Array; tiers: Uint32Array }> {
  const offsets = new Uint32Array(count + 1);
  for (let row = 0; row < agents.length; row++)
    (offsets[(agents[row] as number) + 1] as number) += 1;
  for (let a = 0; a < count; a++) (offsets[a + 1] as number) += offsets[a] as number;
  const next = offsets.slice(0, count);
  const rows = new Uint32Array(agents.length);
  for (let row = 0; row < agents.length; row++)
    rows[(next[agents[row] as number] as number)++] = row;
  const lists = new Uint32Array(agents.length);
  const tiers = new Uint32Array(agents.length);
  let longest = 0;
  for (let a = 0; a < count; a++)
    longest = Math.max(longest, (offsets[a + 1] as number) - (offsets[a] as number));
  // One agent's rows side by side, so that sorting them stays in the cache.
  const keys = new Float64Array(longest);
  const names = new Uint32Array(longest);
  const sorted = rowSorter(keys, names);
  for (let a = 0; a < count; a++) {
    const start = offsets[a] as number;
    const length = (offsets[a + 1] as number) - start;
    for (let i = 0; i < length; i++) {
      const row = rows[start + i] as number;
      keys[i] = (scores[row] as number) + 0; // -0 becomes 0
      names[i] = entries[row] as number;
    }
    const order = sorted(length);
    let tier = 0;
    for (let i = 0; i < length; i++) {
      const at = order[i] as number;
      if (i > 0 && keys[at] !== keys[order[i - 1] as number]) tier++;
      lists[start + i] = names[at] as number;
      tiers[start + i] = tier;
    }
    if (work.did(length)) yield;
  }
  return { offsets, lists, tiers };
}
