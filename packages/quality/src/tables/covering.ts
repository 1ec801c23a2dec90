// Which marginals to collect so that every small set of attributes is seen together.
// Zhang, Wang, Li, He and Chen, "CALM: consistent adaptive local marginal", CCS 2018.
import { integer, object, optional } from "@emrx/internal/shape";
import { QualityError } from "../errors/quality-error.js";
import { check } from "../errors/shapes.js";

const coveringOptions = /* @__PURE__ */ object({
  attributes: /* @__PURE__ */ integer(1, 10_000),
  size: /* @__PURE__ */ integer(1),
  cover: /* @__PURE__ */ optional(/* @__PURE__ */ integer(1)),
});

/** Sets looked at in every step of the choice. */
const mostWork = 1_000_000;

/** n over k, in doubles: only its magnitude counts. */
const choices = (n: number, k: number): number => {
  let product = 1;
  for (let i = 1; i <= Math.min(k, n - k); i++) product *= (n - i + 1) / i;
  return Math.round(product);
};

/**
 * A small family of sets of attributes such that every `cover` attributes lie together in one of them (greedily, not always the smallest).
 * Each record then reports the joint cell of one set, drawn evenly, with its whole budget; m sets cost m times the variance.
 *
 * @param options - number of `attributes`; `size` of each set; `cover`, as `size` unless given
 * @returns sets of attribute indices, increasing
 * @throws EMRX_QUALITY_ARGUMENT
 * @example
 * ```ts
 * import { coveringSets } from "@emrx/quality/tables";
 *
 * coveringSets({ attributes: 3, size: 2 }); // => [[0, 1], [0, 2], [1, 2]]
 * coveringSets({ attributes: 4, size: 3, cover: 2 }); // => [[0, 1, 2], [0, 1, 3], [0, 2, 3]]
 * ```
 */
export function coveringSets(options: {
  readonly attributes: number;
  readonly size: number;
  readonly cover?: number;
}): readonly (readonly number[])[] {
  const { attributes, size, cover = size } = check(coveringOptions, options, "options");
  check(integer(cover, attributes), size, "options.size");
  const work = choices(attributes, size) * choices(size, cover);
  if (work > mostWork)
    throw new QualityError(
      "EMRX_QUALITY_TOO_LARGE",
      `there are ${choices(attributes, size)} sets of ${size} of the ${attributes} attributes, too many to choose from; take smaller sets`,
    );
  const candidates = subsets([...Array(attributes).keys()], size);
  const open = new Set(subsets([...Array(attributes).keys()], cover).map(String));
  const chosen: (readonly number[])[] = [];
  while (open.size > 0) {
    let best: { readonly set: readonly number[]; readonly covers: readonly string[] } = {
      set: [],
      covers: [],
    };
    for (const set of candidates) {
      const covers = subsets(set, cover)
        .map(String)
        .filter((key) => open.has(key));
      if (covers.length > best.covers.length) best = { set, covers };
    }
    chosen.push(best.set);
    for (const key of best.covers) open.delete(key);
  }
  return chosen;
}

/** All subsets of one size, in lexicographic order. */
function subsets(items: readonly number[], size: number): (readonly number[])[] {
  if (size === 0) return [[]];
  return items.flatMap((item, i) =>
    subsets(items.slice(i + 1), size - 1).map((rest) => [item, ...rest]),
  );
}
