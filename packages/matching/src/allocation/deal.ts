// Dealing an allocated lot round its members, so that a stable allocation is stable for every single one of them.
import { arrayOf, integer } from "@emrx/internal/shape";
import { check } from "../check.js";

/** Consecutive members of a lot: from `from` up to, not including, `to`. */
export interface MemberRange {
  readonly from: number;
  readonly to: number;
}

/**
 * Deals the units of one lot to those who get them. The lot has `members` members who are alike, numbered from 0; each
 * taker gets a unit of consecutive members, beginning where the last taker's end, and after the last member with the
 * first again. No taker gets two units of one member, and the numbers of takers of any two members differ by at most 1.
 *
 * If the amounts are the lot's row of a stable allocation with pair capacity `members`, then no member and taker would
 * both rather have each other than what they have (the page "Lots" has the proof).
 *
 * @param members How many members the lot has, a whole number from 1.
 * @param amounts How many units each taker gets, whole numbers from 0 to `members`, in an order that everybody knows,
 * for instance that of the takers' names.
 * @returns For each taker its members as at most two ranges, ascending.
 * @throws EMRX_MATCHING_AMOUNT for a number that is none of these.
 *
 * @example
 * ```ts
 * import { dealRound } from "@emrx/matching/allocation";
 *
 * dealRound(5, [3, 4]); // => [[{ from: 0, to: 3 }], [{ from: 0, to: 2 }, { from: 3, to: 5 }]]
 * ```
 */
export function dealRound(members: number, amounts: readonly number[]): MemberRange[][] {
  check(integer(1), members, "members", "EMRX_MATCHING_AMOUNT");
  const takes = check(arrayOf(integer(0, members)), amounts, "amounts", "EMRX_MATCHING_AMOUNT");
  let at = 0;
  return takes.map((amount) => {
    const from = at;
    at = (at + amount) % members;
    if (amount === 0) return [];
    if (from + amount <= members) return [{ from, to: from + amount }];
    return [
      { from: 0, to: from + amount - members },
      { from, to: members },
    ];
  });
}
