// The exact audit: the privacy loss of a channel, read off its probabilities.

import { LdpError } from "../errors/ldp-error.js";
import { decimalToRational, parseBudget } from "../exact/decimal.js";
import { expLowerBound } from "../exact/exp.js";
import { lnRoundedUp } from "../exact/logarithm.js";
import { add, compare, divide, type Rational, rational } from "../exact/rational.js";
import type { Channel } from "./channel.js";

/** A mechanism as the audit sees it. */
export interface AuditableMechanism {
  readonly epsilon: string;
  readonly worstRatio: Rational;
  /** The channel, to enumerate. */
  channel(): Channel;
}

/** What an exact audit finds. */
export interface ExactAudit {
  /** The exact privacy loss, rounded up to a double; Infinity if some report rules an input out. */
  readonly epsilon: number;
  /** e^loss: the largest ratio of the probabilities of one output under two inputs. */
  readonly ratio: Rational | "infinite";
  /** Whether the ratio is at most e^epsilon for the declared epsilon, decided in fractions; undefined if none was declared. */
  readonly withinBudget: boolean | undefined;
  /** Where the ratio is attained: the output, and the inputs under which it is most and least likely. */
  readonly worst:
    | { readonly output: number; readonly inputs: readonly [number, number] }
    | undefined;
  /** Whether every probability was looked at, or the mechanism's closed form was taken. */
  readonly method: "enumeration" | "closed form";
}

/** More probabilities than this are not enumerated. */
const MOST_PROBABILITIES = 1 << 18;

/**
 * The exact privacy loss of a channel: the largest ln P(y | x) / P(y | x') over all outputs y and inputs x, x', found by
 * enumeration in exact fractions. A mechanism that is too large to enumerate is judged by its closed form.
 *
 * @param subject - a mechanism of this package, or any finite channel
 * @param epsilon - the declared loss; a mechanism declares its own
 * @returns the loss and where it is attained
 * @throws EMRX_BAD_PARAMETER if a row of the channel is not a probability distribution
 * @throws EMRX_TOO_LARGE if a bare channel has more than 2^18 probabilities
 * @example
 * ```ts
 * import { exactAudit, grr } from "@emrx/ldp-core";
 * import { rational } from "@emrx/ldp-core/exact";
 *
 * exactAudit(grr({ categories: 4, epsilon: "1" })).withinBudget; // => true
 * const honest = { inputs: 2, outputs: 2, probability: (y: number, x: number) => rational(y === x ? 1 : 0) };
 * exactAudit(honest).epsilon; // => Infinity
 * ```
 */
export function exactAudit(
  subject: AuditableMechanism | Channel,
  epsilon?: string | number,
): ExactAudit {
  const declared =
    epsilon !== undefined
      ? parseBudget(epsilon, "epsilon")
      : "epsilon" in subject
        ? subject.epsilon
        : undefined;
  const channel = enumerated(subject);
  if (channel === undefined) {
    const { worstRatio } = subject as AuditableMechanism;
    return verdict(worstRatio, declared, undefined, "closed form");
  }
  checkDistribution(channel);
  let ratio: Rational | "infinite" = rational(1);
  let worst: ExactAudit["worst"];
  for (let output = 0; output < channel.outputs; output++) {
    let [most, least] = [0, 0];
    let [largest, smallest] = [channel.probability(output, 0), channel.probability(output, 0)];
    for (let input = 1; input < channel.inputs; input++) {
      const probability = channel.probability(output, input);
      if (compare(probability, largest) > 0) [most, largest] = [input, probability];
      if (compare(probability, smallest) < 0) [least, smallest] = [input, probability];
    }
    if (largest.numerator === 0n) continue; // this output never happens
    if (smallest.numerator === 0n) {
      return verdict("infinite", declared, { output, inputs: [most, least] }, "enumeration");
    }
    const here = divide(largest, smallest);
    if (compare(here, ratio) > 0) {
      ratio = here;
      worst = { output, inputs: [most, least] };
    }
  }
  return verdict(ratio, declared, worst, "enumeration");
}

/** The channel to enumerate, or undefined where only the closed form is left. */
function enumerated(subject: AuditableMechanism | Channel): Channel | undefined {
  const isMechanism = "channel" in subject;
  try {
    const channel = isMechanism ? subject.channel() : subject;
    if (channel.inputs * channel.outputs <= MOST_PROBABILITIES) return channel;
  } catch (error) {
    if (!(error instanceof LdpError) || error.code !== "EMRX_TOO_LARGE") throw error;
  }
  if (isMechanism) return undefined;
  throw new LdpError(
    "EMRX_TOO_LARGE",
    `the channel has more than ${MOST_PROBABILITIES} probabilities; audit its factors or its closed form`,
  );
}

function checkDistribution({ inputs, outputs, probability }: Channel): void {
  for (let input = 0; input < inputs; input++) {
    let total = rational(0);
    for (let output = 0; output < outputs; output++) {
      const p = probability(output, input);
      if (p.numerator < 0n) {
        throw new LdpError("EMRX_BAD_PARAMETER", `P(${output} | ${input}) is negative`);
      }
      total = add(total, p);
    }
    if (compare(total, rational(1)) !== 0) {
      throw new LdpError(
        "EMRX_BAD_PARAMETER",
        `the probabilities of input ${input} sum to ${total.numerator}/${total.denominator}, not 1`,
      );
    }
  }
}

function verdict(
  ratio: Rational | "infinite",
  declared: string | undefined,
  worst: ExactAudit["worst"],
  method: ExactAudit["method"],
): ExactAudit {
  const isWithin = (limit: string): boolean =>
    ratio !== "infinite" && compare(ratio, expLowerBound(decimalToRational(limit))) <= 0;
  return {
    epsilon: ratio === "infinite" ? Number.POSITIVE_INFINITY : lnRoundedUp(ratio),
    ratio,
    withinBudget: declared === undefined ? undefined : isWithin(declared),
    worst,
    method,
  };
}
