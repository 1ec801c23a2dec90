// An empirical audit of any randomizer: run it, look for the event that tells two inputs apart best, and bound epsilon from below.
import { checkInside, checkWhole } from "../errors/check.js";
import { QualityError } from "../errors/quality-error.js";
import { epsilonLowerBound } from "./epsilon-bound.js";

/** What an output shows to an attacker: outputs with equal views are not told apart. */
export type View = string | number;

/** What an empirical audit found. */
export interface EmpiricalAudit {
  /** With the confidence, the loss is at least this. It can show that a randomizer is broken, never that it is sound. */
  readonly epsilon: number;
  /** The two inputs, the one under which the event is likelier first. */
  readonly inputs: readonly [number, number];
  /** The views that make up the event. */
  readonly event: readonly View[];
  /** How often the event occurred under each input among `trials` fresh outputs each. */
  readonly hits: readonly [number, number];
  readonly trials: number;
  readonly confidence: number;
}

/**
 * Bounds the loss of a black-box randomizer from below.
 *
 * A quarter of the trials explores: for each pair of inputs, and in both directions, the views are ranked by their ratio of occurrences and
 * the best event "one of the k highest" is chosen. The remaining, fresh trials of that pair alone decide, so the confidence holds however the event
 * was found. A view should be whatever is observable: not the value alone but the order of a set, the length, the time taken.
 *
 * @param options - `randomize`, input index to output; `pairs` of inputs to compare; `trials` per input (at least 100) in all;
 *   `view` of an output given the pair, by default the output itself (arrays element by element), fine for up to some thousand different outputs;
 *   for long bit maps `(bits, a, b) => 2 * bits[a] + bits[b]` is as good; `confidence`, 0.99 unless given
 * @returns the bound and its evidence
 * @throws EMRX_OUT_OF_RANGE, EMRX_MISMATCH without a pair
 * @example
 * ```ts
 * import { grr, seededRandom } from "@emrx/ldp-core";
 * import { auditRandomizer } from "@emrx/quality/privacy-audit";
 *
 * const mechanism = grr({ categories: 3, epsilon: "1" });
 * const random = seededRandom("audit");
 * const audit = auditRandomizer({
 *   randomize: (value) => mechanism.randomize(value, random),
 *   pairs: [[0, 1]],
 *   trials: 20_000,
 * });
 * audit.epsilon > 0.8 && audit.epsilon <= 1; // => true
 * ```
 */
export function auditRandomizer<Output>(options: {
  readonly randomize: (input: number) => Output;
  readonly pairs: readonly (readonly [number, number])[];
  readonly trials: number;
  readonly view?: (output: Output, first: number, second: number) => View;
  readonly confidence?: number;
}): EmpiricalAudit {
  const { randomize, pairs, trials, view = defaultView, confidence = 0.99 } = options;
  checkWhole("trials", trials, 100);
  checkInside("confidence", confidence);
  const exploring = Math.floor(trials / 4);
  let best:
    | {
        readonly inputs: readonly [number, number];
        readonly event: ReadonlySet<View>;
        readonly guess: number;
      }
    | undefined;
  for (const [a, b] of pairs) {
    const seen = new Map<View, [number, number]>();
    for (const [side, input] of [a, b].entries()) {
      for (let i = 0; i < exploring; i++) {
        const key = view(randomize(input), a, b);
        let counts = seen.get(key);
        if (!counts) {
          counts = [0, 0];
          seen.set(key, counts);
        }
        counts[side] = (counts[side] as number) + 1;
      }
    }
    for (const [side, inputs] of [
      [a, b],
      [b, a],
    ].entries()) {
      const { event, guess } = bestEvent(seen, side, exploring, confidence);
      if (best === undefined || guess > best.guess) {
        best = { inputs: inputs as [number, number], event, guess };
      }
    }
  }
  if (best === undefined)
    throw new QualityError("EMRX_MISMATCH", "pairs is empty; give at least one pair of inputs");
  const { inputs, event } = best;
  const fresh = trials - exploring;
  // The view was made for the pair as it was given, whichever way round the event turned out.
  const pair = pairs.find(
    (given) => given.includes(inputs[0]) && given.includes(inputs[1]),
  ) as readonly [number, number];
  const count = (input: number): number => {
    let hits = 0;
    for (let i = 0; i < fresh; i++) if (event.has(view(randomize(input), pair[0], pair[1]))) hits++;
    return hits;
  };
  const hits = [count(inputs[0]), count(inputs[1])] as const;
  return {
    epsilon: epsilonLowerBound({ hits, trials: fresh, confidence }),
    inputs,
    event: [...event],
    hits,
    trials: fresh,
    confidence,
  };
}

/** Among the events "one of the k views of highest ratio" the one with the highest bound, as far as the exploration shows. */
function bestEvent(
  seen: ReadonlyMap<View, readonly [number, number]>,
  side: number,
  trials: number,
  confidence: number,
): { readonly event: ReadonlySet<View>; readonly guess: number } {
  const ranked = [...seen]
    .map(([key, counts]) => ({
      key,
      hit: counts[side] as number,
      other: counts[1 - side] as number,
    }))
    .sort(
      (x, y) => (y.hit + 0.5) / (y.other + 0.5) - (x.hit + 0.5) / (x.other + 0.5) || y.hit - x.hit,
    );
  let [hits, others] = [0, 0];
  let [length, guess] = [1, -1];
  // Hundreds of views: bounds are taken where the event has grown by a twentieth, else they would cost more than the trials.
  let next = 0;
  ranked.forEach(({ hit, other }, k) => {
    hits += hit;
    others += other;
    if (hits < next) return;
    next = hits * 1.05;
    const bound = epsilonLowerBound({ hits: [hits, others], trials, confidence });
    if (bound > guess) [length, guess] = [k + 1, bound];
  });
  return { event: new Set(ranked.slice(0, length).map(({ key }) => key)), guess };
}

const defaultView = (output: unknown): View =>
  typeof output === "number" ? output : String(output);
