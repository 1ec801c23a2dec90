// evaluation: once a pair is paid, each side rates the other once. Scores are running sums of whole numbers,
// kept for sites and requesters only: a patient's score would link their trades.
import type { Rate } from "../codec/calls.js";
import { weightedWorth } from "./lists.js";
import { type Matched, matchedPair } from "./pairs.js";
import { mapGet, mapSet } from "./persistent-map.js";
import { add, type CallResult, reject } from "./result.js";
import type { CallContext, ContractState } from "./state.js";
import { heldRound } from "./windows.js";

/** The weighted mean of what the pair's records are worth to the request: parts per million, rounded down. */
function predicted({ publication, allotment, request }: Matched): number {
  let total = 0n;
  let weights = 1n;
  for (const { from, to, profile } of allotment.ranges) {
    const sums = weightedWorth(publication, profile, request.weights);
    weights = BigInt(sums.weights);
    total += BigInt(to - from) * BigInt(sums.worth);
  }
  return Number(total / (weights * BigInt(allotment.units)));
}

export function rate(
  state: ContractState,
  call: Rate,
  { signer: rater, time }: CallContext,
): CallResult {
  const { round, subject, role, measuredQuality } = call;
  const held = heldRound(state, round);
  if ("rejection" in held) return held;
  const [site, requester] = role === "site" ? [subject, rater] : [rater, subject];
  const matched = matchedPair(held, { site, requester }, time);
  if ("rejection" in matched) return matched;
  if (matched.pair.outcome !== "paid") {
    return reject("EMRX_NOT_PAID", `${requester} has not paid ${site} in round ${round}`);
  }
  const key = `${round}/${rater}/${role}/${subject}`;
  if (mapGet(state.evaluation.ratings, key) !== undefined) {
    return reject(
      "EMRX_DUPLICATE_RATING",
      `${rater} has rated ${subject} in round ${round} already`,
    );
  }
  const predictedQuality = predicted(matched);
  const before = mapGet(state.evaluation.scores, `${role}/${subject}`);
  const error = Math.abs(predictedQuality - measuredQuality);
  const scores = mapSet(state.evaluation.scores, `${role}/${subject}`, {
    subject,
    role,
    count: (before?.count ?? 0) + 1,
    predictedSum: add(before?.predictedSum ?? "0", String(predictedQuality)),
    measuredSum: add(before?.measuredSum ?? "0", String(measuredQuality)),
    absoluteErrorSum: add(before?.absoluteErrorSum ?? "0", String(error)),
  });
  const ratings = mapSet(state.evaluation.ratings, key, measuredQuality);
  return {
    state: { ...state, evaluation: { ratings, scores } },
    events: [
      { type: "evaluation.rated", round, rater, subject, role, predictedQuality, measuredQuality },
    ],
  };
}
