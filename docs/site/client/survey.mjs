// The survey of the first page: people answer a question through generalized randomized response, and the answers are estimated from.
import { grr } from "@emrx/ldp-core";

/** People in the survey, and how many of them would truly say yes. */
export const people = 1000;
export const trueYes = 300;

/**
 * Asks everybody once.
 *
 * @param {number} epsilon
 * @param {import("@emrx/ldp-core").RandomSource} [random] - the platform's unless given
 * @returns answers (1 is yes), the estimated share of yes, and half of its 95 % interval
 */
export function ask(epsilon, random) {
  const question = grr({ categories: 2, epsilon });
  const truth = Uint8Array.from({ length: people }, (_, person) => (person < trueYes ? 1 : 0));
  const answers = question.randomizeBatch(truth, random);
  const tally = question.aggregator();
  tally.addBatch(answers);
  const { frequencies, variances } = tally.estimate();
  return { answers, share: frequencies[1], halfWidth: 1.96 * Math.sqrt(variances[1]) };
}
