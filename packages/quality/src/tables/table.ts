// Tables of several attributes, stored flat: the last attribute runs fastest.
import { checkWhole } from "../errors/check.js";
import { QualityError } from "../errors/quality-error.js";

/** The number of categories of each attribute of a table. */
export type TableShape = readonly number[];

/** Number of cells. @throws EMRX_OUT_OF_RANGE, EMRX_MISMATCH for an empty shape */
export function cellCount(shape: TableShape): number {
  if (shape.length === 0)
    throw new QualityError("EMRX_MISMATCH", "shape is empty; give one size an attribute");
  shape.forEach((size, j) => {
    checkWhole(`shape[${j}]`, size, 1);
  });
  return shape.reduce((product, size) => product * size, 1);
}

/** @throws EMRX_MISMATCH unless the table has one entry a cell */
export function checkTable(argument: string, table: ArrayLike<number>, shape: TableShape): void {
  const cells = cellCount(shape);
  if (table.length !== cells) {
    throw new QualityError(
      "EMRX_MISMATCH",
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
 * @throws EMRX_OUT_OF_RANGE, EMRX_MISMATCH
 * @example
 * ```ts
 * import { cellIndex, cellValues } from "@emrx/quality/tables";
 *
 * cellIndex([1, 2], [2, 3]); // => 5
 * cellValues(5, [2, 3]); // => [1, 2]
 * ```
 */
export function cellIndex(values: readonly number[], shape: TableShape): number {
  cellCount(shape);
  if (values.length !== shape.length) {
    throw new QualityError(
      "EMRX_MISMATCH",
      `values has ${values.length} entries and shape ${shape.length}; expected the same number`,
    );
  }
  return values.reduce((index, value, j) => {
    checkWhole(`values[${j}]`, value);
    const size = shape[j] as number;
    if (value >= size) {
      throw new QualityError(
        "EMRX_OUT_OF_RANGE",
        `values[${j}] is ${value}; expected below ${size}`,
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
 * @throws EMRX_OUT_OF_RANGE, EMRX_MISMATCH
 * @example
 * ```ts
 * import { cellValues } from "@emrx/quality/tables";
 *
 * cellValues(3, [2, 2]); // => [1, 1]
 * ```
 */
export function cellValues(index: number, shape: TableShape): readonly number[] {
  const cells = cellCount(shape);
  checkWhole("index", index);
  if (index >= cells) {
    throw new QualityError("EMRX_OUT_OF_RANGE", `index is ${index}; expected below ${cells}`);
  }
  let rest = index;
  return shape
    .map((_, j) => shape[shape.length - 1 - j] as number)
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
 * @throws EMRX_MISMATCH, EMRX_OUT_OF_RANGE
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
  checkTable("table", table, shape);
  keep.forEach((attribute, i) => {
    if (
      !(
        Number.isInteger(attribute) &&
        attribute < shape.length &&
        attribute > (i ? (keep[i - 1] as number) : -1)
      )
    ) {
      throw new QualityError(
        "EMRX_OUT_OF_RANGE",
        `keep[${i}] is ${attribute}; expected increasing indices of attributes`,
      );
    }
  });
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
