// Single words from a source, for samplers that cannot say beforehand how many they need.
import { drawWords, type RandomSource } from "./source.js";

/** Draws words in blocks and hands them out one at a time, each once. What is left of the last block is dropped. */
export class WordStream {
  private readonly random: RandomSource;
  private readonly words: Uint32Array;
  private position: number;

  /**
   * @param random - the source
   * @param block - words drawn at a time; 1 draws no word that is not used
   */
  constructor(random: RandomSource, block: number) {
    this.random = random;
    this.words = new Uint32Array(block);
    this.position = block;
  }

  /** The next word, 0..2^32-1. */
  next(): number {
    if (this.position === this.words.length) {
      drawWords(this.random, this.words);
      this.position = 0;
    }
    return this.words[this.position++] as number;
  }

  /** Writes the next `count` words to the start of an array: what `next` would give, one after the other. */
  take(target: Uint32Array, count: number): void {
    const { words, position } = this;
    const ready = Math.min(count, words.length - position);
    for (let i = 0; i < ready; i++) target[i] = words[position + i] as number;
    this.position = position + ready;
    for (let i = ready; i < count; i++) target[i] = this.next();
  }
}
