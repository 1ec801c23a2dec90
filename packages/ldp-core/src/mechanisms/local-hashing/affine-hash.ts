// A family of hash functions whose collision probability is known exactly: affine maps over a prime field, cut into buckets.
import { type Rational, rational } from "../../exact/rational.js";
import { drawWords, type RandomSource } from "../../random/source.js";
import { nextWord } from "../../random/uniform.js";

/**
 * The family h(x) = bucket of (a x + b mod P) for uniform a, b in 0..P-1, on inputs 0..P-1. Bucket i is the interval
 * [ceil(i P / g), ceil((i + 1) P / g)).
 *
 * For two different inputs, (a, b) -> (a x + b, a x' + b) is a bijection of all P^2 pairs: the two residues are independent and
 * uniform. So two inputs collide with probability exactly sum (n_i / P)^2, n_i the size of bucket i.
 */
export interface AffineHash {
  readonly prime: number;
  readonly buckets: number;
  /** Exact probability that two different inputs fall into one bucket. */
  readonly collision: Rational;
  /** The first residue of a bucket; `start(buckets)` is the prime. */
  start(bucket: number): number;
  /** The bucket of an input. */
  hash(a: number, b: number, input: number): number;
  /** Fills an array with independent uniform elements of the field. */
  fillField(target: Uint32Array, random: RandomSource): void;
}

/** 2^31 - 1: a x + b stays an exact double for inputs below 2^20, and residues add without overflow. */
export const MERSENNE_31: number = 2 ** 31 - 1;

/** The family for a prime below 2^31 and a number of buckets up to 2^16. */
export function affineHash(prime: number, buckets: number): AffineHash {
  const start = (bucket: number): number => Math.ceil((bucket * prime) / buckets);
  let squares = 0n;
  for (let i = 0; i < buckets; i++) squares += BigInt(start(i + 1) - start(i)) ** 2n;
  const bits = Math.ceil(Math.log2(prime));
  return {
    prime,
    buckets,
    collision: rational(squares, BigInt(prime) ** 2n),
    start,
    // Exact: the product is below 2^51, and a quotient of such integers by P keeps its floor when rounded to a double.
    hash: (a, b, input) => Math.floor((((a * input + b) % prime) * buckets) / prime),
    fillField(target, random) {
      drawWords(random, target);
      for (let i = 0; i < target.length; i++) {
        let element = (target[i] as number) >>> (32 - bits);
        while (element >= prime) element = nextWord(random, bits);
        target[i] = element;
      }
    },
  };
}
