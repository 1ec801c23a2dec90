// The way in for millions of list entries: typed arrays, checked in one linear pass a side and then used as they are.

import {
  described,
  guard,
  integer,
  object,
  optional,
  type Shape,
  typedArray,
} from "@emrx/internal/shape";
import { check } from "../check.js";
import { MatchingError } from "../errors.js";
import {
  type AsyncOptions,
  asyncOptions,
  atOnce,
  inTurns,
  type Steps,
  type Work,
} from "../steps.js";
import { remember } from "./known.js";
import { idIndex, type Market, type Side, type SideName, singular } from "./market.js";

/** A market as typed arrays; see {@link marketFromArrays}. */
export interface MarketArrays {
  /** How many proposers there are. */
  readonly proposers: number;
  /** How many reviewers there are. */
  readonly reviewers: number;
  /** The most partners each proposer can have: one entry a proposer. */
  readonly proposerQuotas: Uint32Array;
  /** The most partners each reviewer can have: one entry a reviewer. */
  readonly reviewerQuotas: Uint32Array;
  /** Where each proposer's list starts: `proposers + 1` entries, from 0 to the length of `proposerLists`. */
  readonly proposerOffsets: Uint32Array;
  /** All proposers' lists one after the other: reviewer indices, best first. */
  readonly proposerLists: Uint32Array;
  /** Where each reviewer's list starts: `reviewers + 1` entries, from 0 to the length of `reviewerLists`. */
  readonly reviewerOffsets: Uint32Array;
  /** All reviewers' lists one after the other: proposer indices, best first. */
  readonly reviewerLists: Uint32Array;
  /** The proposers' ids; "p0", "p1", ... where absent. */
  readonly proposerIds?: readonly string[];
  /** The reviewers' ids; "r0", "r1", ... where absent. */
  readonly reviewerIds?: readonly string[];
  /** Indifference classes in `proposerLists`: 0 for the best, never falling within a list; absent: strict. */
  readonly proposerTiers?: Uint32Array;
  /** Indifference classes in `reviewerLists`; absent: strict. */
  readonly reviewerTiers?: Uint32Array;
}

/**
 * Makes a market of typed arrays, without copying them: do not write to them afterwards.
 *
 * @param given The two sides as compressed sparse rows; an entry that the other agent does not return is
 * valid and simply unacceptable.
 * @returns The market, checked in time linear in the number of list entries.
 * @throws EMRX_MATCHING_ARGUMENT where a length or an offset is wrong, EMRX_MATCHING_UNKNOWN_ID for an index
 * outside the other side, EMRX_MATCHING_DUPLICATE for an id or entry that occurs twice.
 *
 * @example
 * ```ts
 * import { solve } from "@emrx/matching";
 * import { marketFromArrays } from "@emrx/matching/market";
 *
 * const market = marketFromArrays({
 *   proposers: 2,
 *   reviewers: 1,
 *   proposerQuotas: Uint32Array.of(1, 1),
 *   reviewerQuotas: Uint32Array.of(1),
 *   proposerOffsets: Uint32Array.of(0, 1, 2),
 *   proposerLists: Uint32Array.of(0, 0),
 *   reviewerOffsets: Uint32Array.of(0, 2),
 *   reviewerLists: Uint32Array.of(1, 0),
 * });
 * solve(market).pairs(); // => [["p1", "r0"]]
 * ```
 */
export function marketFromArrays(given: MarketArrays): Market {
  return atOnce((work) => arraySteps(given, work));
}

/**
 * {@link marketFromArrays}, in turns with whatever else the program has to do.
 *
 * @param given The two sides.
 * @param options `onProgress`, `signal`.
 * @returns The market that `marketFromArrays` returns.
 * @throws EMRX_MATCHING_ABORTED, and what `marketFromArrays` throws.
 *
 * @example
 * ```ts
 * import { marketFromArraysAsync } from "@emrx/matching/market";
 *
 * const market = await marketFromArraysAsync({
 *   proposers: 1,
 *   reviewers: 1,
 *   proposerQuotas: Uint32Array.of(1),
 *   reviewerQuotas: Uint32Array.of(1),
 *   proposerOffsets: Uint32Array.of(0, 1),
 *   proposerLists: Uint32Array.of(0),
 *   reviewerOffsets: Uint32Array.of(0, 1),
 *   reviewerLists: Uint32Array.of(0),
 * });
 * market.proposers.ids; // => ["p0"]
 * ```
 */
export async function marketFromArraysAsync(
  given: MarketArrays,
  options: AsyncOptions = {},
): Promise<Market> {
  return inTurns((work) => arraySteps(given, work), check(asyncOptions, options, "options"));
}

/** {@link marketFromArrays} in steps; one unit a list entry. */
export function* arraySteps(given: MarketArrays, work: Work): Steps<Market> {
  const arrays = check(arraysShape, given, "arrays");
  work.total = work.done + arrays.proposerLists.length + arrays.reviewerLists.length;
  const proposerIds = namesOf("proposers", arrays.proposers, arrays.proposerIds);
  const reviewerIds = namesOf("reviewers", arrays.reviewers, arrays.reviewerIds);
  const ids = { proposers: proposerIds, reviewers: reviewerIds };
  const lists = {
    proposers: {
      count: arrays.proposers,
      others: arrays.reviewers,
      offsets: arrays.proposerOffsets,
      lists: arrays.proposerLists,
      tiers: arrays.proposerTiers,
    },
    reviewers: {
      count: arrays.reviewers,
      others: arrays.proposers,
      offsets: arrays.reviewerOffsets,
      lists: arrays.reviewerLists,
      tiers: arrays.reviewerTiers,
    },
  };
  const proposers = yield* sideFrom("proposers", ids, arrays.proposerQuotas, lists.proposers, work);
  const reviewers = yield* sideFrom("reviewers", ids, arrays.reviewerQuotas, lists.reviewers, work);
  return remember({ proposers, reviewers });
}

/** Ids, which are looked at one by one afterwards. */
export const idsShape: Shape<readonly string[]> = /* @__PURE__ */ guard(
  (value): value is readonly string[] => Array.isArray(value),
  "an array of strings",
);
const index32: Shape<Uint32Array> = /* @__PURE__ */ typedArray("Uint32Array");
const arraysShape: Shape<MarketArrays> = /* @__PURE__ */ object({
  proposers: /* @__PURE__ */ integer(0, 0xffffffff),
  reviewers: /* @__PURE__ */ integer(0, 0xffffffff),
  proposerQuotas: index32,
  reviewerQuotas: index32,
  proposerOffsets: index32,
  proposerLists: index32,
  reviewerOffsets: index32,
  reviewerLists: index32,
  proposerIds: /* @__PURE__ */ optional(idsShape),
  reviewerIds: /* @__PURE__ */ optional(idsShape),
  proposerTiers: /* @__PURE__ */ optional(index32),
  reviewerTiers: /* @__PURE__ */ optional(index32),
});

/** The ids of one side, made up only when asked for. */
export interface Names {
  all(): readonly string[];
  of(index: number): string;
}

const prefixes = { proposers: "p", reviewers: "r" } as const;

/** Checks the ids that are given, or makes them up. */
export function namesOf(
  side: SideName,
  count: number,
  given: readonly string[] | undefined,
): Names {
  const prefix = prefixes[side];
  if (given === undefined) {
    let made: readonly string[] | undefined;
    return {
      all: () => {
        made ??= Array.from({ length: count }, (_, i) => prefix + i);
        return made;
      },
      of: (i) => prefix + i,
    };
  }
  checkLength(`${singular(side)}Ids`, given, count);
  checkIds(side, given);
  return { all: () => given, of: (i) => given[i] as string };
}

/** Ids must be well-formed strings, each once. */
export function checkIds(side: SideName, ids: readonly string[]): void {
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i];
    if (typeof id !== "string" || /\p{Surrogate}/u.test(id))
      throw wrong(
        `The id of ${singular(side)} number ${i} must be a string of well-formed Unicode; it is ${described(id)}.`,
      );
  }
  idIndex(ids, (id) => {
    throw new MatchingError(
      "EMRX_MATCHING_DUPLICATE",
      `The id ${JSON.stringify(id)} names two ${side}; give every one of them an id of its own.`,
      { agent: id },
    );
  });
}

function* sideFrom(
  side: SideName,
  names: Record<SideName, Names>,
  quotas: Uint32Array,
  arrays: ListArrays,
  work: Work,
): Steps<Side> {
  const { count, offsets, lists, tiers } = arrays;
  checkLength(`${singular(side)}Quotas`, quotas, count);
  yield* checkLists(side, names, arrays, work);
  const { all } = names[side];
  return {
    get ids() {
      return all();
    },
    count,
    quotas,
    offsets,
    lists,
    ...(tiers && hasTie(offsets, tiers) ? { tiers } : {}),
  };
}

/** One side's lists as they were given. */
export interface ListArrays {
  readonly count: number;
  /** How many agents the other side has. */
  readonly others: number;
  readonly offsets: Uint32Array;
  readonly lists: Uint32Array;
  readonly tiers?: Uint32Array | undefined;
}

/** Throws unless an array has the length that is expected. */
export function checkLength(
  name: string,
  array: { readonly length: number },
  length: number,
): void {
  if (array.length !== length)
    throw wrong(`${name} must have ${length} entries; it has ${array.length}.`);
}

/** Checks one side's lists in one linear pass. */
export function* checkLists(
  side: SideName,
  names: Record<SideName, Names>,
  { count, others, offsets, lists, tiers }: ListArrays,
  work: Work,
): Steps<void> {
  const one = singular(side);
  checkLength(`${one}Offsets`, offsets, count + 1);
  if (tiers !== undefined) checkLength(`${one}Tiers`, tiers, lists.length);
  if (offsets[0] !== 0 || offsets[count] !== lists.length)
    throw wrong(
      `${one}Offsets must start at 0 and end at the length of ${one}Lists, ${lists.length}; ` +
        `they start at ${offsets[0]} and end at ${offsets[count]}.`,
    );
  const name = (a: number): string => names[side].of(a);
  const other: SideName = side === "proposers" ? "reviewers" : "proposers";
  const seen = new Uint32Array(others); // seen[b] = a + 1 once agent a listed b
  for (let a = 0; a < count; a++) {
    const start = offsets[a] as number;
    const end = offsets[a + 1] as number;
    if (end < start || end > lists.length)
      throw wrong(
        `${one}Offsets must never fall; they do after ${one} ${JSON.stringify(name(a))} (index ${a}).`,
      );
    for (let k = start; k < end; k++) {
      const b = lists[k] as number;
      if (b >= others)
        throw new MatchingError(
          "EMRX_MATCHING_UNKNOWN_ID",
          `${one} ${JSON.stringify(name(a))} lists index ${b} at place ${k - start}, and there are only ${others} ${other}.`,
          { agent: name(a), entry: String(b) },
        );
      if (seen[b] === a + 1)
        throw new MatchingError(
          "EMRX_MATCHING_DUPLICATE",
          `${one} ${JSON.stringify(name(a))} lists ${JSON.stringify(names[other].of(b))} twice; remove one of the entries.`,
          { agent: name(a), entry: names[other].of(b) },
        );
      seen[b] = a + 1;
      if (tiers && (k === start ? tiers[k] !== 0 : !isNextTier(tiers, k)))
        throw wrong(
          `${one}Tiers must start at 0 in every list and stay or rise by one from entry to entry; ` +
            `they do not at place ${k - start} of ${one} ${JSON.stringify(name(a))}.`,
        );
    }
    if (work.did(end - start)) yield;
  }
}

const isNextTier = (tiers: Uint32Array, k: number): boolean => {
  const step = (tiers[k] as number) - (tiers[k - 1] as number);
  return step === 0 || step === 1;
};

/** Whether any list has two entries in one tier. */
export function hasTie(offsets: Uint32Array, tiers: Uint32Array): boolean {
  for (let a = 0; a + 1 < offsets.length; a++)
    for (let k = (offsets[a] as number) + 1; k < (offsets[a + 1] as number); k++)
      if (tiers[k] === tiers[k - 1]) return true;
  return false;
}

const wrong = (message: string): MatchingError =>
  new MatchingError("EMRX_MATCHING_ARGUMENT", message);
