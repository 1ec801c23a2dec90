// evaluation: once a trade is settled, each side rates the other once. Scores are running sums of whole numbers,
// kept for sites and requesters only: a patient's score would link their trades.
import type { Rate } from "../codec/calls.js";
import { mapGet, mapSet } from "./persistent-map.js";
import { add, type CallResult, getIn, reject } from "./result.js";
import type { CallContext, ContractState } from "./state.js";

export function rate(state: ContractState, call: Rate, { signer: rater }: CallContext): CallResult {
  const { round, subject, role, predictedQuality, measuredQuality } = call;
  const [site, requester] = role === "site" ? [subject, rater] : [rater, subject];
  const delivery = getIn(state.trade.deliveries, round, `${site}/${requester}`);
  if (delivery === undefined || delivery.status === "cancelled") {
    return reject(
      "EMRX_NOT_CONSUMER",
      `no paid delivery from ${site} to ${requester} in round ${round}`,
    );
  }
  if (delivery.status !== "paid") {
    return reject("EMRX_NOT_SETTLED", `the trade of ${site} with ${requester} is not settled yet`);
  }
  const key = `${round}/${rater}/${role}/${subject}`;
  if (mapGet(state.evaluation.ratings, key) !== undefined) {
    return reject(
      "EMRX_DUPLICATE_RATING",
      `${rater} has rated ${subject} in round ${round} already`,
    );
  }
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
