// What shuffling adds: if a trusted party mixes the reports of n people, so that nobody knows whose is whose, each is hidden
// among the others. Reported beside the local guarantee, which must hold without any shuffler.
//
// Valid only for one report a person, all by the same mechanism with the same epsilon, really shuffled. A record's
// attributes travel as one report (epsilon is then their sum), or are shuffled apart and their (epsilon, delta) add up.
import { integer, number } from "@emrx/internal/shape";
import { check } from "../errors/check.js";
import { subtract, toNumber } from "../exact/rational.js";
import type { FrequencyOracle } from "../mechanisms/common/oracle.js";
import { clonesDelta } from "./clones.js";
import { leastEpsilon } from "./least-epsilon.js";
import { deltaShape, positiveShape } from "./measures.js";

/**
 * The central epsilon of n shuffled reports of any mechanism with this local epsilon, computed from the distributions of theorem 3.1 of
 * Feldman, McMillan and Talwar, "Hiding among the clones", FOCS 2021: a third to a fifth of their closed form.
 *
 * @param localEpsilon epsilon of each report, positive
 * @param reports n, at least 2
 * @param delta the failure probability that is accepted, between 0 and 1
 * @returns epsilon, at most `localEpsilon`
 * @throws `EMRX_BAD_PARAMETER` for numbers out of range
 * @example
 * ```ts
 * import { shuffledEpsilon } from "@emrx/ldp-core/accounting";
 *
 * shuffledEpsilon(1, 1000, 1e-6).toFixed(4); // => "0.1824"
 * ```
 */
export function shuffledEpsilon(localEpsilon: number, reports: number, delta: number): number {
  checkShuffle(localEpsilon, reports);
  check(deltaShape(), delta, "delta");
  return leastEpsilon(
    (epsilon) => shuffledDelta(localEpsilon, reports, epsilon),
    delta,
    localEpsilon,
  );
}

/**
 * The delta of {@link shuffledEpsilon} at a claimed epsilon.
 *
 * @param localEpsilon epsilon of each report, positive
 * @param reports n, at least 2
 * @param epsilon the central epsilon that is claimed, at least 0
 * @returns delta
 * @throws `EMRX_BAD_PARAMETER` for numbers out of range
 * @example
 * ```ts
 * import { shuffledDelta } from "@emrx/ldp-core/accounting";
 *
 * shuffledDelta(1, 2, 0.9) < shuffledDelta(1, 2, 0.2); // => true
 * ```
 */
export function shuffledDelta(localEpsilon: number, reports: number, epsilon: number): number {
  checkShuffle(localEpsilon, reports);
  check(number({ from: 0 }), epsilon, "epsilon");
  return clonesDelta(localEpsilon, reports, Math.exp(-localEpsilon), epsilon);
}

/**
 * The central epsilon of n shuffled reports of one frequency oracle, from how much its reports really depend on the value:
 * with tv the total variation distance of the reports of two values, each other report is a clone with probability
 * 2 tv / (E - 1), and the person's own report shows its value with probability W = (E + 1) tv / (E - 1) only. The lesser of
 * this and {@link shuffledEpsilon}; both are valid.
 *
 * The published "stronger clone" reduction to p = 1 / (E + k - 1) gives smaller numbers. It is not used: for GRR with k = 3,
 * E = 3, n = 2 and e^epsilon = 11/5 it claims delta = 0.08, and the true one is 12/125.
 *
 * @param mechanism a frequency oracle, for its epsilon and its probabilities of support
 * @param reports n, at least 2
 * @param delta the failure probability that is accepted, between 0 and 1
 * @returns epsilon, at most the mechanism's
 * @throws `EMRX_BAD_PARAMETER` for numbers out of range
 * @example
 * ```ts
 * import { grr } from "@emrx/ldp-core";
 * import { shuffledEpsilonOf } from "@emrx/ldp-core/accounting";
 *
 * shuffledEpsilonOf(grr({ categories: 2, epsilon: "1" }), 1000, 1e-6).toFixed(4); // => "0.1487"
 * ```
 */
export function shuffledEpsilonOf(mechanism: PureProtocol, reports: number, delta: number): number {
  const localEpsilon = Number(mechanism.epsilon);
  const general = shuffledEpsilon(localEpsilon, reports, delta);
  const own = (epsilon: number) => shuffledDeltaOf(mechanism, reports, epsilon);
  return own(general) > delta ? general : leastEpsilon(own, delta, general);
}

/** What of a frequency oracle the bound depends on. */
export type PureProtocol = Pick<FrequencyOracle, "epsilon" | "support" | "worstRatio">;

/**
 * The delta of the mechanism's own bound at a claimed epsilon.
 *
 * Let A be the reports that are likelier under the value x than under x'. In every mechanism here the ratio is E on all of A,
 * so P(A|x) - P(A|x') = tv gives P(A|x') = tv / (E - 1) = a. By local privacy every other value has at least these
 * probabilities on A and on its mirror image: with probability 2a anybody's report is a clone of one of the two. The
 * person's own report falls into A or its mirror image with probability W = (E + 1) a; elsewhere it says nothing. For pure
 * oracles tv = p - q: the reports that support both values, or neither, cancel.
 *
 * @param mechanism a frequency oracle, for its probabilities of support
 * @param reports n, at least 2
 * @param claimed the central epsilon that is claimed, at least 0
 * @returns delta
 * @throws `EMRX_BAD_PARAMETER` for numbers out of range
 * @example
 * ```ts
 * import { grr } from "@emrx/ldp-core";
 * import { shuffledDelta, shuffledDeltaOf } from "@emrx/ldp-core/accounting";
 *
 * const mechanism = grr({ categories: 2, epsilon: "1" });
 * shuffledDeltaOf(mechanism, 100, 0.5) < shuffledDelta(1, 100, 0.5); // => true
 * ```
 */
export function shuffledDeltaOf(
  { support, worstRatio }: PureProtocol,
  reports: number,
  claimed: number,
): number {
  checkShuffle(1, reports);
  check(number({ from: 0 }), claimed, "claimed");
  const E = toNumber(worstRatio); // what the integers give, not what was asked for
  const clone = toNumber(subtract(support.p, support.q)) / (E - 1);
  return (E + 1) * clone * clonesDelta(Math.log(E), reports, 2 * clone, claimed);
}

function checkShuffle(localEpsilon: number, reports: number): void {
  check(positiveShape(), localEpsilon, "localEpsilon");
  check(integer(2), reports, "reports");
}
