// Tables of several attributes, stored flat: the last attribute runs fastest.
import { arrayOf, coded, integer, type Shape, secret } from "@emrx/internal/shape";
import { QualityError } from "../errors/quality-error.js";
import * as shapes from "../errors/shapes.js";
import { check } from "../errors/shapes.js";

/** The number of categories of each attribute of a table. */
export type TableShape = readonly number[];

/** More cells than this are not held in memory. */
export const mostCells: number = 0x1000_0000;

export const tableShape: Shape<TableShape> = /* @__PURE__ */ coded(
  "EMRX_QUALITY_MISMATCH",
  /* @__PURE__ */ arrayOf(
    /* @__PURE__ */ coded("EMRX_QUALITY_ARGUMENT", /* @__PURE__ */ integer(1, 0x1000_0000)),
    { least: 1, most: 64 },
  ),
);

/** Indices of attributes, which must increase: that is for `checkIncreasing`. */
export const indices: Shape<readonly number[]> = /* @__PURE__ */ arrayOf(
  /* @__PURE__ */ integer(0, 0x8000_0000),
);

/** Number of cells. @throws EMRX_QUALITY_TOO_LARGE for more than fit into memory */
export function cellCount(shape: TableShape): number {
  const cells = shape.reduce((product, size) => product * size, 1);
  if (cells > mostCells)
    throw new QualityError(
      "EMRX_QUALITY_TOO_LARGE",
      `shape ${shape.join(" x ")} has ${cells} cells; expected at most ${mostCells}: merge categories or keep fewer attributes`,
    );
  return cells;
}

/** @throws EMRX_QUALITY_ARGUMENT unless they are increasing indices below `size` */
export function checkIncreasing(argument: string, given: readonly number[], size: number): void {
  given.forEach((attribute, i) => {
    if (attribute >= size || attribute <= (i > 0 ? (given[i - 1] as number) : -1))
      throw new QualityError(
        "EMRX_QUALITY_ARGUMENT",
        `${argument}[${i}] is ${attribute}; expected increasing indices of the ${size} attributes`,
      );
  });
}

/** @throws EMRX_QUALITY_MISMATCH unless the table has one entry a cell */
export function checkTable(argument: string, table: ArrayLike<number>, shape: TableShape): void {
  const cells = cellCount(shape);
  if (table.length !== cells) {
    throw new QualityError(
      "EMRX_QUALITY_MISMATCH",
      `${argument} has ${table.length} entries; expected ${cells}, for shape ${shape.join(" x ")}`,
    );
  }
}

/**
 * The number of a cell in a flat table: the category under which the values of several attributes are randomized jointly.
 *
 * A frequency oracle over all cells of a table known in advance is far more precise than one oracle an attribute with the budget split.
 *
 * @param values - one category index an attribute
 * @param shape - number of categories of each attribute
 * @returns an index below the product of the shape
 * @throws EMRX_QUALITY_ARGUMENT, EMRX_QUALITY_MISMATCH
 * @example
 * ```ts
 * import { cellIndex, cellValues } from "@emrx/quality/tables";
 *
 * cellIndex([1, 2], [2, 3]); // => 5
 * cellValues(5, [2, 3]); // => [1, 2]
 * ```
 */
export function cellIndex(values: readonly number[], shape: TableShape): number {
  return indexOfCell(check(secret(indices), values, "values"), check(tableShape, shape, "shape"));
}

function indexOfCell(values: readonly number[], shape: TableShape): number {
  cellCount(shape);
  if (values.length !== shape.length) {
    throw new QualityError(
      "EMRX_QUALITY_MISMATCH",
      `values has ${values.length} entries and shape ${shape.length}; expected the same number`,
    );
  }
  return values.reduce((index, value, j) => {
    const size = shape[j] as number;
    if (value >= size) {
      throw new QualityError(
        "EMRX_QUALITY_ARGUMENT",
        `values[${j}] is a number (not shown); expected below ${size}`,
      );
    }
    return index * size + value;
  }, 0);
}

/**
 * The category indices of a cell: the inverse of `cellIndex`.
 *
 * @param index - of a cell in the flat table
 * @param shape - number of categories of each attribute
 * @returns one category index an attribute
 * @throws EMRX_QUALITY_ARGUMENT, EMRX_QUALITY_MISMATCH
 * @example
 * ```ts
 * import { cellValues } from "@emrx/quality/tables";
 *
 * cellValues(3, [2, 2]); // => [1, 1]
 * ```
 */
export function cellValues(index: number, shape: TableShape): readonly number[] {
  const sizes = check(tableShape, shape, "shape");
  let rest = check(integer(0, cellCount(sizes) - 1), index, "index");
  return sizes
    .map((_, j) => sizes[sizes.length - 1 - j] as number)
    .map((size) => {
      const value = rest % size;
      rest = (rest - value) / size;
      return value;
    })
    .reverse();
}

/**
 * The table of some of the attributes: sums over all others.
 *
 * @param table - flat table
 * @param shape - number of categories of each attribute
 * @param keep - indices of the attributes to keep, increasing; none keeps the total alone
 * @returns the flat table of those attributes
 * @throws EMRX_QUALITY_MISMATCH, EMRX_QUALITY_ARGUMENT
 * @example
 * ```ts
 * import { marginal } from "@emrx/quality/tables";
 *
 * marginal([1, 2, 3, 4, 5, 6], [2, 3], [0]); // => new Float64Array([6, 15])
 * ```
 */
export function marginal(
  table: ArrayLike<number>,
  shape: TableShape,
  keep: readonly number[],
): Float64Array {
  const sizes = check(tableShape, shape, "shape");
  const cells = check(shapes.numbers(shapes.finite), table, "table");
  checkTable("table", cells, sizes);
  const kept = check(indices, keep, "keep");
  checkIncreasing("keep", kept, sizes.length);
  return sumOut(cells, sizes, kept);
}

/** The marginal of a table that was checked. */
export function sumOut(
  table: ArrayLike<number>,
  shape: TableShape,
  keep: readonly number[],
): Float64Array {
  const stride = strides(keep, shape);
  const result = new Float64Array(keep.reduce((product, j) => product * (shape[j] as number), 1));
  for (let cell = 0; cell < table.length; cell++) {
    const target = project(cell, shape, stride);
    result[target] = (result[target] as number) + (table[cell] as number);
  }
  return result;
}

/** For each attribute its stride in the table of the kept ones; 0 for those summed over. */
export function strides(keep: readonly number[], shape: TableShape): readonly number[] {
  const stride = shape.map(() => 0);
  let step = 1;
  for (let i = keep.length - 1; i >= 0; i--) {
    stride[keep[i] as number] = step;
    step *= shape[keep[i] as number] as number;
  }
  return stride;
}

/** The cell of the marginal table that a cell belongs to. */
export function project(cell: number, shape: TableShape, stride: readonly number[]): number {
  let rest = cell;
  let target = 0;
  for (let j = shape.length - 1; j >= 0; j--) {
    const size = shape[j] as number;
    target += (rest % size) * (stride[j] as number);
    rest = Math.floor(rest / size);
  }
  return target;
}

/** Replaces every line of cells along one attribute by another line, perhaps of another length. */
export function mapAxis(
  table: Float64Array,
  shape: TableShape,
  axis: number,
  length: number,
  map: (line: Float64Array, result: Float64Array) => void,
): Float64Array {
  const size = shape[axis] as number;
  const inner = shape.slice(axis + 1).reduce((product, s) => product * s, 1);
  const outer = table.length / (size * inner);
  const output = new Float64Array(outer * length * inner);
  const line = new Float64Array(size);
  const result = new Float64Array(length);
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      for (let k = 0; k < size; k++) line[k] = table[(o * size + k) * inner + i] as number;
      map(line, result);
      for (let k = 0; k < length; k++) output[(o * length + k) * inner + i] = result[k] as number;
    }
  }
  return output;
}
