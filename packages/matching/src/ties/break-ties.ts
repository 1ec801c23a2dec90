// Breaking ties by lottery: a stated rule that anybody can recompute from the ids and a public seed.

import { integer, object, oneOf, optional, type Shape, text } from "@emrx/internal/shape";
import { sha256 } from "@noble/hashes/sha2.js";
import { check, sideName } from "../check.js";
import { MatchingError } from "../errors.js";
import { idsShape } from "../market/arrays.js";
import { checkMarket } from "../market/check-market.js";
import { remember } from "../market/known.js";
import { type Market, otherSide, type Side, type SideName, singular } from "../market/market.js";

const domain = "emrx/matching/lottery/v1";

/**
 * The lottery numbers by which ties are broken: for each id, the first 32 bits (big-endian) of
 * SHA-256("emrx/matching/lottery/v1" 0x00 side 0x00 seed 0x00 id), side being "proposer" or "reviewer".
 *
 * @param seed The public seed, drawn after all lists are in.
 * @param side Which side the ids are of.
 * @param ids The ids.
 * @returns One 32-bit number an id.
 *
 * @example
 * ```ts
 * import { lotteryNumbers } from "@emrx/matching/ties";
 *
 * lotteryNumbers("2024-06-01", "proposers", ["ann", "bob"]).length; // => 2
 * ```
 */
export function lotteryNumbers(seed: string, side: SideName, ids: readonly string[]): Uint32Array {
  check(sideName, side, "side");
  check(idsShape, ids, "ids");
  if (typeof seed !== "string" || seed === "" || /[\0\p{Surrogate}]/u.test(seed))
    throw new MatchingError(
      "EMRX_MATCHING_ARGUMENT",
      "seed must be a string of well-formed Unicode that is not empty and has no zero character.",
    );
  const encoder = new TextEncoder();
  const prefix = sha256.create().update(encoder.encode(`${domain}\0${singular(side)}\0${seed}\0`));
  const numbers = new Uint32Array(ids.length);
  for (let i = 0; i < ids.length; i++) {
    const digest = prefix
      .clone()
      .update(encoder.encode(check(text(), ids[i], `ids[${i}]`)))
      .digest();
    numbers[i] = new DataView(digest.buffer).getUint32(0);
  }
  return numbers;
}

/**
 * The lottery number of a pair, by which an agent orders its ties: lower comes first. It mixes the two agents' lottery
 * numbers with the 32-bit finalizer of MurmurHash3, so that every agent draws a lottery of its own; the hash function
 * keeps the numbers from being chosen, the mixer only spreads them.
 *
 * @param agent The lottery number of the agent whose list it is.
 * @param entry The lottery number of the agent in the list.
 * @returns A 32-bit number.
 *
 * @example
 * ```ts
 * import { pairLottery } from "@emrx/matching/ties";
 *
 * pairLottery(1, 2) === pairLottery(2, 1); // => false
 * ```
 */
export const pairLottery = (agent: number, entry: number): number =>
  mixed(check(number32, agent, "agent"), check(number32, entry, "entry"));

const number32: Shape<number> = /* @__PURE__ */ integer(0, 0xffffffff);
const mixed = (agent: number, entry: number): number => mix(agent ^ mix(entry));

function mix(x: number): number {
  let h = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** How {@link breakTies} draws. */
export interface LotteryOptions {
  /**
   * `"multiple"` (the default): every agent has a lottery of its own, so that who is unlucky in one list may be lucky in
   * the next. `"single"`: one lottery for all lists, by the entries' {@link lotteryNumbers}.
   */
  readonly lottery?: "multiple" | "single";
}

const lotteryShape: Shape<LotteryOptions> = /* @__PURE__ */ object({
  lottery: /* @__PURE__ */ optional(/* @__PURE__ */ oneOf(["multiple", "single"])),
});

/**
 * Makes all lists strict: within a tie, the lower {@link pairLottery} comes first, and of equal numbers the lower id; in a
 * single lottery, the lower of the entries' own {@link lotteryNumbers}.
 *
 * Where one side is indifferent and the other is not, as at schools without exams, a single lottery gives more agents their
 * first choice, since few are turned away by one who would rather be elsewhere; several lotteries leave fewer with a very bad
 * place or none, as nobody is last everywhere (Abdulkadiroğlu, Pathak and Roth 2009; Ashlagi and Nikzad 2020).
 *
 * @param market Any market.
 * @param seed A public seed that nobody knew when the lists were made.
 * @param options `lottery`: one for all lists, or one for each.
 * @returns A market with the same agents and strict lists.
 * @throws EMRX_MATCHING_ARGUMENT for an empty seed.
 *
 * @example
 * ```ts
 * import { createMarket, solve } from "@emrx/matching";
 * import { breakTies } from "@emrx/matching/ties";
 *
 * const market = createMarket({
 *   proposers: { ann: { prefs: ["city"] }, bob: { prefs: ["city"] } },
 *   reviewers: { city: { prefs: [["ann", "bob"]] } },
 * });
 * solve(market); // throws EMRX_MATCHING_TIES
 * solve(breakTies(market, "2024-06-01")).size; // => 1
 * solve(breakTies(market, "2024-06-01", { lottery: "single" })).size; // => 1
 * ```
 */
export function breakTies(market: Market, seed: string, options: LotteryOptions = {}): Market {
  const { lottery = "multiple" } = check(lotteryShape, options, "options");
  checkMarket(market);
  const numbers = {
    proposers: lotteryNumbers(seed, "proposers", market.proposers.ids),
    reviewers: lotteryNumbers(seed, "reviewers", market.reviewers.ids),
  };
  const strict = (name: SideName): Side => {
    const { tiers, ...side } = market[name];
    if (!tiers) return side;
    const others = market[otherSide(name)].ids;
    const entryNumbers = numbers[otherSide(name)];
    const lists = side.lists.slice();
    for (let a = 0; a < side.count; a++) {
      const end = side.offsets[a + 1] as number;
      for (let from = side.offsets[a] as number; from < end; ) {
        let to = from + 1;
        while (to < end && tiers[to] === tiers[from]) to++;
        if (to - from > 1) {
          const own = numbers[name][a] as number;
          const key = (b: number): number =>
            lottery === "single"
              ? (entryNumbers[b] as number)
              : mixed(own, entryNumbers[b] as number);
          lists
            .subarray(from, to)
            .sort(
              (b, c) => key(b) - key(c) || ((others[b] as string) < (others[c] as string) ? -1 : 1),
            );
        }
        from = to;
      }
    }
    return { ...side, lists };
  };
  return remember({ proposers: strict("proposers"), reviewers: strict("reviewers") });
}
