// Where randomness comes from: a source of uniform 32-bit words, passed to every sampler as an argument.

/** A source of independent, uniform 32-bit words. */
export interface RandomSource {
  /**
   * Overwrites every element with a fresh uniform word. No word is ever handed out twice.
   *
   * @param words - filled from index 0 to the end
   */
  fill(words: Uint32Array): void;
}
