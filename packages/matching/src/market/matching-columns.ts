// A matching as a table: columns, or CSV.
import { iterable, type Shape, text, tuple } from "@emrx/internal/shape";
import { check } from "../check.js";
import { type Matching, type MatchingLike, matchingIn } from "../matching.js";
import type { Market } from "./market.js";

/** A row for each pair, as dictionary columns: what `marketFromColumns` and column stores take. */
export interface MatchingColumns {
  readonly proposer: { readonly codes: Uint32Array; readonly values: readonly string[] };
  readonly reviewer: { readonly codes: Uint32Array; readonly values: readonly string[] };
}

/**
 * The pairs of a matching as two columns.
 *
 * @param market The market.
 * @param matching The matching, or its pairs.
 * @returns A dictionary column of the proposers and one of the reviewers, in the order of the market's agents.
 * @throws EMRX_MATCHING_UNKNOWN_ID where the matching names an agent that the market does not have.
 *
 * @example
 * ```ts
 * import { createMarket, matchingColumns } from "@emrx/matching/market";
 *
 * const market = createMarket({ proposers: { ann: {} }, reviewers: { city: {}, mercy: {} } });
 * matchingColumns(market, [["ann", "mercy"]]).reviewer; // => { codes: Uint32Array.of(1), values: ["city", "mercy"] }
 * ```
 */
export function matchingColumns(market: Market, matching: MatchingLike): MatchingColumns {
  const { proposers } = matchingIn(market, matching);
  const codes = new Uint32Array(proposers.partners.length);
  for (let p = 0; p < market.proposers.count; p++)
    codes.fill(p, proposers.offsets[p], proposers.offsets[p + 1]);
  return {
    proposer: { codes, values: market.proposers.ids },
    reviewer: { codes: proposers.partners.slice(), values: market.reviewers.ids },
  };
}

/**
 * The pairs of a matching as CSV (RFC 4180), with a heading.
 *
 * @param matching The matching, or its pairs.
 * @returns One line after the other, each with its end, so that large ones can be written as they come.
 *
 * @example
 * ```ts
 * import { matchingCsv } from "@emrx/matching/market";
 *
 * [...matchingCsv([["ann", "mercy, the"]])].join(""); // => 'proposer,reviewer\r\nann,"mercy, the"\r\n'
 * ```
 */
export function matchingCsv(
  matching: Matching | Iterable<readonly [string, string]>,
): Iterable<string> {
  const pairs = check(iterable(), matching, "matching") as Iterable<readonly [string, string]>;
  return {
    *[Symbol.iterator]() {
      yield "proposer,reviewer\r\n";
      for (const pair of pairs) {
        const [proposer, reviewer] = check(pairShape, pair, "a pair");
        yield `${field(proposer)},${field(reviewer)}\r\n`;
      }
    },
  };
}

const pairShape: Shape<readonly [string, string]> = /* @__PURE__ */ tuple(
  /* @__PURE__ */ text(),
  /* @__PURE__ */ text(),
);

const field = (value: string): string =>
  /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
