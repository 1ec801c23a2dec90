// The table that marginals imply.
import { checkWhole } from "../errors/check.js";
import { projectToSimplex } from "../post-processing/simplex.js";
import type { Marginal } from "./consistency.js";
import { cellCount, marginal, project, strides, type TableShape } from "./table.js";

/**
 * The table of maximum entropy with the given marginals, by iterative proportional fitting: what they say and nothing more.
 *
 * Each marginal is first projected to the simplex, which is biased; the larger table inherits that bias, and the bias of assuming no interaction
 * beyond the marginals.
 *
 * @param options - consistent `marginals`; the `attributes` of the table wanted, increasing; `shape` of all attributes; at most `rounds`, 200 unless given
 * @returns the table, non-negative with sum 1
 * @throws EMRX_MISMATCH, EMRX_OUT_OF_RANGE
 * @example
 * ```ts
 * import { maximumEntropyTable } from "@emrx/quality/tables";
 *
 * const marginals = [
 *   { attributes: [0], frequencies: [0.25, 0.75] },
 *   { attributes: [1], frequencies: [0.5, 0.5] },
 * ];
 * maximumEntropyTable({ marginals, attributes: [0, 1], shape: [2, 2] }); // => new Float64Array([0.125, 0.125, 0.375, 0.375])
 * ```
 */
export function maximumEntropyTable(options: {
  readonly marginals: readonly Marginal[];
  readonly attributes: readonly number[];
  readonly shape: TableShape;
  readonly rounds?: number;
}): Float64Array {
  const { marginals, attributes, shape, rounds = 200 } = options;
  checkWhole("rounds", rounds, 1);
  const own = attributes.map((j) => shape[j] ?? 0);
  const cells = cellCount(own);
  const constraints = marginals.map((given) => {
    const shared = given.attributes.filter((j) => attributes.includes(j));
    const keep = shared.map((j) => given.attributes.indexOf(j));
    const whole = given.attributes.map((j) => shape[j] ?? 0);
    const values = projectToSimplex(marginal(given.frequencies, whole, keep));
    return { keep: shared.map((j) => attributes.indexOf(j)), values };
  });
  const table = new Float64Array(cells).fill(1 / cells);
  for (let round = 0; round < rounds; round++) {
    let largest = 0;
    for (const { keep, values } of constraints) {
      const current = marginal(table, own, keep);
      const stride = strides(keep, own);
      for (let cell = 0; cell < cells; cell++) {
        const at = project(cell, own, stride);
        const sum = current[at] as number;
        const before = table[cell] as number;
        const after = sum > 0 ? (before * (values[at] as number)) / sum : 0;
        largest = Math.max(largest, Math.abs(after - before));
        table[cell] = after;
      }
    }
    if (largest < 1e-13) break;
  }
  return table;
}
