// The oracle for samplers: runs a randomized procedure on every possible sequence of random words.
import { add, type Q, q } from "./rational.js";

/** The exact distribution of what a procedure returns. */
export interface Distribution {
  /** Probability of each result, by its JSON text. */
  readonly probability: ReadonlyMap<string, Q>;
  /** Probability of the sequences that asked for more words than allowed (a rejection that goes on and on). */
  readonly unresolved: Q;
}

class OutOfWords extends Error {}

/**
 * Enumerates a procedure over all sequences of equally likely words.
 *
 * @param words - the values that a random word can take, all equally likely
 * @param most - the most words that one run may draw
 * @param run - the procedure; its source gives the words of one sequence
 */
export function enumerateDraws(
  words: readonly number[],
  most: number,
  run: (source: { fill(target: Uint32Array): void }) => unknown,
): Distribution {
  const probability = new Map<string, Q>();
  let unresolved = q(0);
  const prefix: number[] = [];
  for (;;) {
    let used = 0;
    let result: string | undefined;
    try {
      const value = run({
        fill(target) {
          for (let i = 0; i < target.length; i++) {
            if (used === most) throw new OutOfWords();
            if (used === prefix.length) prefix.push(0);
            target[i] = words[prefix[used++] as number] as number;
          }
        },
      });
      result = JSON.stringify(value);
    } catch (error) {
      if (!(error instanceof OutOfWords)) throw error;
    }
    prefix.length = used;
    const weight = q(1, BigInt(words.length) ** BigInt(used));
    if (result === undefined) unresolved = add(unresolved, weight);
    else probability.set(result, add(probability.get(result) ?? q(0), weight));
    // The next sequence: count up in the last place, carrying to the left.
    while (prefix.length > 0 && prefix[prefix.length - 1] === words.length - 1) prefix.pop();
    if (prefix.length === 0) return { probability, unresolved };
    prefix[prefix.length - 1] = (prefix[prefix.length - 1] as number) + 1;
  }
}
