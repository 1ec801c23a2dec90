// The draw behind every two-valued channel (GRR, window, local hashing, Hadamard, projective geometry): with exact
// probability T/2^b a uniform cell of the preferred part, otherwise a uniform cell of the rest.

import { divide, type Rational, rational, subtract } from "../../exact/rational.js";
import { probabilityOf, type Threshold } from "../../exact/thresholds.js";
import { drawWords, type RandomSource } from "../../random/source.js";
import { nextWord, uniformBelow } from "../../random/uniform.js";

/** Words drawn at a time by batch code: 64 KiB, which is also the most a browser gives in one call. */
export const BLOCK = 16384;

/** Visits n elements block by block with one scratch array, cut to the length of each block. */
export function forEachBlock(n: number, visit: (block: Uint32Array, from: number) => void): void {
  const scratch = new Uint32Array(Math.min(BLOCK, n));
  for (let from = 0; from < n; from += BLOCK) visit(scratch.subarray(0, n - from), from);
}

/** A sampler of codes 0..inside+outside-1, and its exact probabilities. */
export interface TwoPart {
  /** P(code) for each code below `inside`. */
  readonly insideCell: Rational;
  /** P(code) for each code from `inside` on. */
  readonly outsideCell: Rational;
  /** Fills the array with independent codes; `random` gives one word a code and, rarely, a few more. */
  fill(codes: Uint32Array, random: RandomSource): void;
  /** One code. */
  draw(random: RandomSource): number;
}

/** insideCell / outsideCell: the likelihood ratio that a two-part draw shows at most. */
export function twoPartRatio(
  { T, bits }: Threshold,
  inside: number | bigint,
  outside: number | bigint,
): Rational {
  return rational(T * BigInt(outside), ((1n << BigInt(bits)) - T) * BigInt(inside));
}

/**
 * A two-part sampler.
 *
 * One word U decides almost always alone. Below the threshold it falls into the preferred part, and its distance from 0
 * says which cell: each cell owns `step` consecutive words. At or above the threshold the same holds for the rest. The
 * few words left over by these divisions, and the one word whose comparison needs further bits (b > 32), are resolved by
 * fresh words. Which words are drawn depends on earlier words only, never on anybody's value.
 *
 * @param threshold - P(preferred part)
 * @param inside - cells of the preferred part, at least 1
 * @param outside - cells of the rest, at least 1
 */
export function twoPart(threshold: Threshold, inside: number, outside: number): TwoPart {
  const { T, bits } = threshold;
  const wordBits = Math.min(bits, 32);
  const moreBits = bits - wordBits;
  const span = 2 ** wordBits;
  // T = high * 2^moreBits + low: words below `high` are surely inside, words above it surely outside.
  const high = Number(T >> BigInt(moreBits));
  const low = Number(T & ((1n << BigInt(moreBits)) - 1n));
  const outsideStart = low > 0 ? high + 1 : high;
  const insideStep = Math.floor(high / inside);
  const outsideStep = Math.floor((span - outsideStart) / outside);

  const uniformCell = (cells: number, random: RandomSource): number =>
    cells === 1 ? 0 : uniformBelow(cells, random, cells <= span ? wordBits : 32);

  /** The code of a word that is not decided by the divisions below. */
  function resolve(word: number, random: RandomSource): number {
    const isInside = word < high || (low > 0 && word === high && nextWord(random, moreBits) < low);
    return isInside ? uniformCell(inside, random) : inside + uniformCell(outside, random);
  }

  // The two parts as rows of a small table, so that the loop needs no unpredictable branch. With more cells than words
  // no division can decide: a start of -Infinity sends every word of that part to `resolve`.
  const start = Float64Array.of(insideStep ? 0 : -Infinity, outsideStep ? outsideStart : -Infinity);
  const step = Float64Array.of(insideStep || 1, outsideStep || 1);
  const cells = Uint32Array.of(inside, outside);
  const first = Uint32Array.of(0, inside);
  const shift = 32 - wordBits;

  function codeOf(word: number, random: RandomSource): number {
    const part = word >= high ? 1 : 0;
    // Exact: both operands are integers below 2^32, so the quotient's floor survives rounding to a double.
    const cell = Math.floor((word - (start[part] as number)) / (step[part] as number));
    return cell >= 0 && cell < (cells[part] as number)
      ? (cell | 0) + (first[part] as number)
      : resolve(word, random);
  }

  return {
    insideCell: divide(probabilityOf(threshold), rational(inside)),
    outsideCell: divide(subtract(rational(1), probabilityOf(threshold)), rational(outside)),
    fill(codes, random) {
      drawWords(random, codes);
      for (let i = 0; i < codes.length; i++) {
        codes[i] = codeOf((codes[i] as number) >>> shift, random);
      }
    },
    draw: (random) => codeOf(nextWord(random, wordBits), random),
  };
}
