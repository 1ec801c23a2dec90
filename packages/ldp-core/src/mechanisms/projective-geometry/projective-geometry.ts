// Projective geometry response: a point that lies on the true category's hyperplane a little more often than not.

import { integer, object, optional, satisfying } from "@emrx/internal/shape";
import { check } from "../../errors/check.js";
import { LdpError } from "../../errors/ldp-error.js";
import { add, multiply, rational } from "../../exact/rational.js";
import { chooseBits, preferredThreshold, probabilityOf } from "../../exact/thresholds.js";
import { platformRandom } from "../../random/platform.js";
import { checkValue, checkValues } from "../common/domain.js";
import { oracleShapes } from "../common/options.js";
import type { FrequencyOracle } from "../common/oracle.js";
import { pureOracle } from "../common/pure.js";
import { type SymbolColumn, symbolColumn, symbolReports } from "../common/symbol.js";
import { forEachBlock, twoPart, twoPartRatio } from "../common/two-part.js";
import { projectiveSpace } from "./projective-space.js";

/** Parameters of {@link projectiveGeometryResponse}. */
export interface ProjectiveGeometryOptions {
  /** Number of categories d, 2..2^20. */
  readonly categories: number;
  /** Privacy budget: decimal string or number in (0, 32]. */
  readonly epsilon: string | number;
  /** Size q of the field, a prime up to 127; the best one unless given. */
  readonly field?: number;
  /** Random bits behind the threshold, 1..64; chosen by itself unless given. */
  readonly bits?: number;
}

/** Projective geometry response; a report is the number of a point below K, and the aggregator counts points. */
export type ProjectiveGeometryResponse = FrequencyOracle<number, SymbolColumn> & {
  readonly name: "pgr";
  /** Size q of the field. */
  readonly field: number;
  /** Number of coordinates t. */
  readonly dimension: number;
  /** Number of points K. */
  readonly points: number;
};

const FIELDS: readonly number[] = [
  2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97,
  101, 103, 107, 109, 113, 127,
];
const isField = (field: number): boolean => FIELDS.includes(field);
const MOST_POINTS = 2 ** 21;

/**
 * Projective geometry response (Feldman, Nelson, Nguyen and Talwar, ICML 2022): the noise of subset selection, reports of
 * log2 K bits and a fast aggregator, for large domains.
 *
 * **Mechanism.** Categories and reports are points of the projective space of vectors of length t over the field of q elements, K
 * points in all. With probability T / 2^b report a uniform point on the hyperplane of the true category x, {u : <u, x> = 0}, c
 * points; otherwise a uniform one off it: T = floor(2^b c e^epsilon / (c e^epsilon + K - c)).
 *
 * **Proof of privacy.** Every hyperplane has c points, so a report has probability T / (2^b c) under an input on whose hyperplane
 * it lies and (2^b - T) / (2^b (K - c)) under the others; the ratio T (K - c) / ((2^b - T) c) is at most e^epsilon.
 *
 * **Estimator.** Two hyperplanes share the same number of points whichever they are, so the mechanism is pure. The counts of
 * all categories are found together by dynamic programming over the coordinates (`hyperplaneSums`).
 *
 * **Field.** The prime q, and the smallest t >= 3 with K >= d, for which the variance at f = 0 is least: q is near
 * e^epsilon + 1.
 *
 * @param options - domain size and budget
 * @returns the mechanism
 * @throws EMRX_BAD_DOMAIN, EMRX_BAD_EPSILON, EMRX_BAD_PARAMETER, EMRX_DEGENERATE_MECHANISM
 * @example
 * ```ts
 * import { projectiveGeometryResponse } from "@emrx/ldp-core/mechanisms";
 *
 * const code = projectiveGeometryResponse({ categories: 1024, epsilon: "1" });
 * [code.field, code.dimension, code.points]; // => [3, 7, 1093]
 * code.reportBytes; // => 2
 * ```
 */
export function projectiveGeometryResponse(
  options: ProjectiveGeometryOptions,
): ProjectiveGeometryResponse {
  const given = check(
    object({
      ...oracleShapes(),
      field: optional(satisfying(integer(2), isField, "a prime up to 127")),
    }),
    options,
    "options",
  );
  const { categories: d, epsilon, bits } = given;
  const field = given.field ?? bestField(d, Math.exp(Number(epsilon)));
  const t = dimensionFor(d, field);
  const space = projectiveSpace(field, t);
  const { points: K, onHyperplane, onTwo } = space;
  if (K > MOST_POINTS) {
    throw new LdpError(
      "EMRX_BAD_PARAMETER",
      `field ${field} needs ${K} points for ${d} categories, more than 2^21; choose another field`,
    );
  }
  const off = K - onHyperplane;
  const threshold = chooseBits(
    epsilon,
    bits,
    (expEpsilon, bits) => preferredThreshold(onHyperplane, off, expEpsilon, bits),
    (chosen) => twoPartRatio(chosen, onHyperplane, off),
  );
  const codes = twoPart(threshold, onHyperplane, off);
  const support = {
    p: probabilityOf(threshold),
    q: add(
      multiply(codes.insideCell, rational(onTwo)),
      multiply(codes.outsideCell, rational(onHyperplane - onTwo)),
    ),
  };

  const x = new Int32Array(t);
  const u = new Int32Array(t);
  const free = new Int32Array(t - 1);
  /**
   * The point of a code. One coordinate of x, its leading 1, is kept aside; the others of u are chosen freely by the code, and
   * that one is set so that <u, x> is 0 (a point of one dimension less, for codes on the hyperplane) or 1 (any vector: of the
   * multiples of a point off the hyperplane exactly one has product 1).
   */
  function pointOf(value: number, code: number): number {
    space.coordinates(value, x);
    const isOn = code < onHyperplane;
    if (isOn) {
      space.coordinates(code, free);
    } else {
      let rest = code - onHyperplane;
      for (let i = 0; i < t - 1; i++) {
        free[i] = rest % field;
        rest = Math.floor(rest / field);
      }
    }
    const pivot = x.indexOf(1);
    let product = 0;
    for (let i = 0; i < t; i++) {
      if (i === pivot) continue;
      const coordinate = free[i < pivot ? i : i - 1] as number;
      u[i] = coordinate;
      product += coordinate * (x[i] as number);
    }
    u[pivot] = ((isOn ? 0 : 1) + field - (product % field)) % field;
    return space.pointThrough(u);
  }

  const oracle = pureOracle("pgr", {
    categories: d,
    epsilon,
    bits: threshold.bits,
    parameters: `field=${field} dimension=${t}`,
    support,
    worstRatio: twoPartRatio(threshold, onHyperplane, off),
    cells: K,
    supportOf: (counts) => space.hyperplaneSums(counts, d),
    outputs: K,
    probability(output, input) {
      const [a, b] = [new Int32Array(t), new Int32Array(t)];
      space.coordinates(output, a);
      space.coordinates(input, b);
      const product = a.reduce((sum, coordinate, i) => sum + coordinate * (b[i] as number), 0);
      return product % field === 0 ? codes.insideCell : codes.outsideCell;
    },
    randomize(value, random = platformRandom()) {
      checkValue(value, d);
      return pointOf(value, codes.draw(random));
    },
    randomizeBatch(values, random = platformRandom()) {
      checkValues(values, d);
      const column = symbolColumn(values.length, K);
      forEachBlock(values.length, (block, from) => {
        codes.fill(block, random);
        for (let i = 0; i < block.length; i++) {
          column[from + i] = pointOf(values[from + i] as number, block[i] as number);
        }
      });
      return column;
    },
    ...symbolReports(K),
  });
  return { ...oracle, field, dimension: t, points: K };
}

/** The smallest t >= 3 whose space has at least d points. */
function dimensionFor(d: number, field: number): number {
  let t = 3;
  while ((field ** t - 1) / (field - 1) < d) t++;
  return t;
}

/** The field with the least variance at f = 0, from the ideal probabilities in doubles: it decides utility only. */
function bestField(d: number, E: number): number {
  let [best, least] = [2, Number.POSITIVE_INFINITY];
  for (const field of FIELDS) {
    const { points: K, onHyperplane, onTwo } = projectiveSpace(field, dimensionFor(d, field));
    if (K > MOST_POINTS) continue;
    const cell = 1 / ((E - 1) * onHyperplane + K);
    const p = E * onHyperplane * cell;
    const q = cell * ((E - 1) * onTwo + onHyperplane);
    const variance = (q * (1 - q)) / (p - q) ** 2;
    if (variance < least) [best, least] = [field, variance];
  }
  return best;
}
