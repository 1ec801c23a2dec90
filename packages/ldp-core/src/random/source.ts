// Where randomness comes from: a source of uniform 32-bit words, passed to every sampler as an argument.
import { LdpError } from "../errors/ldp-error.js";

/** A source of independent, uniform 32-bit words. */
export interface RandomSource {
  /**
   * Overwrites every element with a fresh uniform word. No word is ever handed out twice.
   *
   * @param words - filled from index 0 to the end
   */
  fill(words: Uint32Array): void;
}

/**
 * Fills words from a source; every sampler draws by this. An array has a `fill` of its own, which would write one value, mostly
 * zero, instead of fresh words: it is no source.
 */
export function drawWords(random: RandomSource, words: Uint32Array): void {
  if (typeof random?.fill !== "function" || "length" in random)
    throw new LdpError("EMRX_BAD_PARAMETER", "random must be a source from platformRandom()");
  random.fill(words);
}
