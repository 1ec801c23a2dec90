// The one reader of columns: typed arrays, arrays, dictionary columns and Arrow-like vectors, with no object for any value.
import { part, refuse, refuseThat, type Shape, type Visit } from "./shape/check.js";

/** A column of distinct values and, for each row, the index of its value; null, undefined or -1 where it is missing. */
export interface DictionaryColumn<T> {
  readonly codes: ArrayLike<number | null | undefined>;
  readonly values: readonly T[];
}

/** What an Apache Arrow vector has, and other column stores can easily have. */
export interface VectorColumn<T> {
  readonly length: number;
  get(row: number): T | null | undefined;
  /** How many rows are missing; unknown where absent. */
  readonly nullCount?: number;
  /** All values, in a typed array where none is missing and they are numbers. */
  toArray?(): ArrayLike<unknown>;
}

/** A typed array of numbers. */
export type NumberArray =
  | Uint8Array
  | Uint8ClampedArray
  | Uint16Array
  | Uint32Array
  | Int8Array
  | Int16Array
  | Int32Array
  | Float32Array
  | Float64Array;

/** Whatever a column may be given as. */
export type ColumnSource<T> =
  | readonly (T | null | undefined)[]
  | (T extends number ? NumberArray : never)
  | DictionaryColumn<T>
  | VectorColumn<T>;

/** A column that was checked. */
export interface Column<T> {
  readonly length: number;
  /** The value of a row (0 <= row < length); undefined where it is missing. */
  at(row: number): T | undefined;
  /** How many rows are missing. */
  readonly missing: number;
  /** For a dictionary column its distinct values, and the index of each row's value; `values.length` where it is missing. */
  readonly dictionary?: { readonly values: readonly T[]; readonly codes: Uint32Array };
  /** For numbers of which none is missing: all of them, the caller's own array where it is a typed one of which the shape changes nothing. */
  readonly numbers?: NumberArray;
}

/** How many rows a column must have, and whether some may be missing. */
export interface ColumnRules {
  readonly length?: number;
  readonly missing?: boolean;
}

/** A column whose values have one shape, which makes numbers of numbers. Every value is checked here, a dictionary's values once each. */
export function column<T>(item: Shape<T>, rules: ColumnRules = {}): Shape<Column<T>> {
  const { length, missing = false } = rules;
  return (value, visit) => {
    const found = open(item, value, visit, length);
    if (!missing && found.missing > 0)
      refuseThat(visit, `is missing in row ${firstMissing(found)}`, "a value in every row");
    return found;
  };
}

/**
 * A column of whole numbers from 0 to `most` (at most 2^32 - 1) as a Uint32Array: the caller's own where it is one, a copy of
 * everything else.
 */
export function uint32Column(
  most = 0xffffffff,
  rules: { readonly length?: number } = {},
): Shape<Uint32Array> {
  const whole: Shape<number> = (value, visit) =>
    typeof value === "number" && value >= 0 && value <= most && value === Math.floor(value)
      ? value
      : refuse(visit, value, `a whole number from 0 to ${most}`);
  return (value, visit) => {
    const found = column(whole, rules)(value, visit);
    if (found.numbers !== undefined && tagOf(found.numbers) === "Uint32Array")
      return found.numbers as Uint32Array;
    return Uint32Array.from({ length: found.length }, (_, row) => found.at(row) as number);
  };
}

function open<T>(
  item: Shape<T>,
  value: unknown,
  visit: Visit,
  length: number | undefined,
): Column<T> {
  const expected = `a column${length === undefined ? "" : ` of ${length} rows`}: an array, a typed array, { codes, values } or a vector`;
  const ofLength = (given: unknown): number => {
    if (!Number.isSafeInteger(given) || (given as number) < 0 || (given as number) > 0xffffffff)
      return refuseThat(visit, "has no usable length", expected);
    if (length !== undefined && given !== length)
      return refuseThat(visit, `has ${given} rows`, `${length} rows`);
    return given as number;
  };
  if (isNumberArray(value)) return fromNumbers(item, value, ofLength(value.length), visit);
  if (Array.isArray(value)) return fromArray(item, value, ofLength(value.length), visit);
  if (typeof value !== "object" || value === null) return refuse(visit, value, expected);
  const { codes, values, get } = value as Partial<DictionaryColumn<T> & VectorColumn<T>>;
  if (codes !== undefined && values !== undefined) {
    if (!Array.isArray(codes) && !isNumberArray(codes))
      return part(
        (inner, at) => refuse(at, inner, "an array or a typed array"),
        codes,
        "codes",
        visit,
      );
    if (!Array.isArray(values))
      return part((inner, at) => refuse(at, inner, "an array"), values, "values", visit);
    return fromDictionary(item, codes, values, ofLength(codes.length), visit);
  }
  if (typeof get === "function") return fromVector(item, value as VectorColumn<T>, ofLength, visit);
  return refuse(visit, value, expected);
}

function fromNumbers<T>(
  item: Shape<T>,
  numbers: NumberArray,
  length: number,
  visit: Visit,
): Column<T> {
  visit.path.push(0);
  const top = visit.path.length - 1;
  let own = numbers;
  for (let row = 0; row < length; row++) {
    visit.path[top] = row;
    const checked = item(numbers[row], visit) as number;
    if (checked === numbers[row]) continue; // also -0 that became 0
    if (own === numbers) own = Float64Array.from(numbers);
    own[row] = checked;
  }
  visit.path.pop();
  return { length, missing: 0, numbers: own, at: (row) => own[row] as T };
}

function fromArray<T>(
  item: Shape<T>,
  given: readonly unknown[],
  length: number,
  visit: Visit,
): Column<T> {
  const items = new Array<T | undefined>(length);
  let missing = 0;
  for (let row = 0; row < length; row++) {
    if (!(row in given))
      refuseThat(
        visit,
        `has a hole at index ${row}`,
        "an array without holes",
        "Give null where a value is missing.",
      );
    const value = given[row];
    if (value === null || value === undefined) missing++;
    items[row] = value === null || value === undefined ? undefined : part(item, value, row, visit);
  }
  return { length, missing, at: (row) => items[row], ...numbersOf(items, missing) };
}

function fromVector<T>(
  item: Shape<T>,
  vector: VectorColumn<T>,
  ofLength: (given: unknown) => number,
  visit: Visit,
): Column<T> {
  const length = ofLength(vector.length);
  if (vector.nullCount === 0 && typeof vector.toArray === "function") {
    const all = vector.toArray();
    if (isNumberArray(all) && all.length === length) return fromNumbers(item, all, length, visit);
  }
  const items = Array.from({ length }, (_, row) => vector.get(row));
  return fromArray(item, items, length, visit);
}

function fromDictionary<T>(
  item: Shape<T>,
  given: ArrayLike<unknown>,
  distinct: readonly unknown[],
  length: number,
  visit: Visit,
): Column<T> {
  visit.path.push("values");
  const values = distinct.map((value, i) => part(item, value, i, visit));
  if (values.includes(undefined as T) || Object.keys(distinct).length !== distinct.length)
    refuseThat(visit, "has holes", "an array without holes");
  visit.path.pop();
  const codes = new Uint32Array(length);
  let missing = 0;
  for (let row = 0; row < length; row++) {
    const code = given[row];
    if (code === null || code === undefined || code === -1) {
      codes[row] = values.length;
      missing++;
    } else if (
      typeof code === "number" &&
      code >= 0 &&
      code < values.length &&
      Number.isInteger(code)
    )
      codes[row] = code;
    else {
      visit.path.push("codes", row);
      refuse(visit, code, `an index of the ${values.length} values, or null where missing`);
    }
  }
  return {
    length,
    missing,
    dictionary: { values, codes },
    at: (row) => values[codes[row] as number],
  };
}

function numbersOf<T>(
  items: readonly (T | undefined)[],
  missing: number,
): { readonly numbers?: NumberArray } {
  if (missing > 0 || items.length === 0 || !items.every((value) => typeof value === "number"))
    return {};
  return { numbers: Float64Array.from(items as readonly number[]) };
}

function firstMissing<T>(column: Column<T>): number {
  let row = 0;
  while (column.at(row) !== undefined) row++;
  return row;
}

function isNumberArray(value: unknown): value is NumberArray {
  return (
    ArrayBuffer.isView(value) &&
    /^(?:Uint(?:8|8Clamped|16|32)|Int(?:8|16|32)|Float(?:32|64))Array$/.test(tagOf(value))
  );
}

const tagOf = (value: unknown): string => Object.prototype.toString.call(value).slice(8, -1);
