// A mechanism as mathematics: a finite table of exact probabilities.
import type { Rational } from "../exact/rational.js";

/** A finite channel: for each input, an exact probability for each output. */
export interface Channel {
  /** Number of inputs, indexed from 0. */
  readonly inputs: number;
  /** Number of outputs, indexed from 0. */
  readonly outputs: number;
  /** P(output | input), exact. */
  probability(output: number, input: number): Rational;
}
