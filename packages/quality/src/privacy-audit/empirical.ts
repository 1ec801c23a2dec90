// An empirical audit of any randomizer: run it, look for the event that tells two inputs apart best, and bound epsilon from below.
import { arrayOf, coded, fn, integer, object, optional, tuple } from "@emrx/internal/shape";
import { QualityError } from "../errors/quality-error.js";
import * as shapes from "../errors/shapes.js";
import { check } from "../errors/shapes.js";
import { epsilonLowerBound } from "./epsilon-bound.js";
import { observable, type View } from "./view.js";

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

const auditOptions = /* @__PURE__ */ object({
  randomize: /* @__PURE__ */ fn<(input: number) => unknown>(),
  pairs: /* @__PURE__ */ coded(
    "EMRX_QUALITY_MISMATCH",
    /* @__PURE__ */ arrayOf(
      /* @__PURE__ */ coded(
        "EMRX_QUALITY_ARGUMENT",
        /* @__PURE__ */ tuple(/* @__PURE__ */ integer(0), /* @__PURE__ */ integer(0)),
      ),
      { least: 1 },
    ),
  ),
  trials: /* @__PURE__ */ integer(100, 1e12),
  view: /* @__PURE__ */ optional(
    /* @__PURE__ */ fn<(output: never, first: number, second: number) => View>(),
  ),
  confidence: shapes.confidence,
});

/**
 * Bounds the loss of a black-box randomizer from below.
 *
 * A quarter of the trials explores: for each pair of inputs, and in both directions, the views are ranked by their ratio of occurrences and
 * the best event "one of the k highest" is chosen. The remaining, fresh trials of that pair alone decide, so the confidence holds however the event
 * was found. A view should be whatever is observable: not the value alone but the order of a set, the length, the time taken.
 *
 * @param options - `randomize`, input index to output; `pairs` of inputs to compare; `trials` per input (at least 100) in all;
 *   `view` of an output given the pair, by default all that the output holds, fine for up to some thousand different outputs; for reports
 *   that are nearly all different (random hash functions, long bit maps) `supportView(mechanism)`; `confidence`, 0.99 unless given
 * @returns the bound and its evidence
 * @throws EMRX_QUALITY_ARGUMENT, EMRX_QUALITY_MISMATCH without a pair; EMRX_QUALITY_NOT_APPLICABLE for outputs that cannot be looked
 *   at, and where nearly every output is seen once only, so that no difference could show: a bound of 0 would say nothing
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
  const checked = check(auditOptions, options, "options");
  const { pairs, trials, confidence = 0.99 } = checked;
  const randomize = checked.randomize as (input: number) => Output;
  const view = (checked.view ?? observable) as (output: Output, a: number, b: number) => View;
  const exploring = Math.floor(trials / 4);
  const explored = pairs.map((pair) =>
    explore({ pair, view, randomize, trials: exploring, confidence }),
  );
  const best = explored.reduce((a, b) => (b.guess > a.guess ? b : a));
  const fresh = trials - exploring;
  const [a, b] = best.pair;
  const count = (input: number): number => {
    let hits = 0;
    for (let i = 0; i < fresh; i++) if (best.event.has(view(randomize(input), a, b))) hits++;
    return hits;
  };
  const hits = [count(best.inputs[0]), count(best.inputs[1])] as const;
  const epsilon = epsilonLowerBound({ hits, trials: fresh, confidence });
  if (epsilon === 0 && explored.every(({ scattered }) => scattered))
    throw new QualityError(
      "EMRX_QUALITY_NOT_APPLICABLE",
      "more than half of the outputs were seen once only, so that no difference could show; give a `view` with fewer values, such as `supportView(mechanism)`",
    );
  return {
    epsilon,
    inputs: best.inputs,
    event: [...best.event],
    hits,
    trials: fresh,
    confidence,
  };
}

/** What the exploration of one pair suggests. */
interface Exploration {
  /** As it was given: the view depends on its order. */
  readonly pair: readonly [number, number];
  /** The input under which the event is likelier first. */
  readonly inputs: readonly [number, number];
  readonly event: ReadonlySet<View>;
  /** The bound, if the event had been chosen beforehand. */
  readonly guess: number;
  /** Whether more than half of the outputs had a view of their own. */
  readonly scattered: boolean;
}

function explore<Output>(options: {
  readonly pair: readonly [number, number];
  readonly view: (output: Output, first: number, second: number) => View;
  readonly randomize: (input: number) => Output;
  readonly trials: number;
  readonly confidence: number;
}): Exploration {
  const { pair, view, randomize, trials, confidence } = options;
  const [a, b] = pair;
  const seen = new Map<View, [number, number]>();
  for (const side of [0, 1] as const) {
    for (let i = 0; i < trials; i++) {
      const key = view(randomize(pair[side]), a, b);
      if (typeof key !== "string" && typeof key !== "number")
        throw new QualityError(
          "EMRX_QUALITY_ARGUMENT",
          `options.view returned a ${typeof key}; expected a string or a number`,
        );
      const counts = seen.get(key) ?? [0, 0];
      counts[side]++;
      seen.set(key, counts);
    }
  }
  const alone = [...seen.values()].filter(([x, y]) => x + y === 1).length;
  const forward = bestEvent(seen, 0, trials, confidence);
  const backward = bestEvent(seen, 1, trials, confidence);
  const scattered = alone > trials;
  return forward.guess >= backward.guess
    ? { pair, inputs: [a, b], ...forward, scattered }
    : { pair, inputs: [b, a], ...backward, scattered };
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
