// Many records as columns of numbers: one typed array for each attribute, no object for any value.
import { type Column, type ColumnSource, column } from "@emrx/internal/columns";
import {
  integer,
  part,
  quoted,
  refuse,
  refuseThat,
  type Shape,
  typedArray,
  type Visit,
} from "@emrx/internal/shape";
import { check } from "../errors/check.js";
import { LdpError } from "../errors/ldp-error.js";
import type { Value } from "../schema/any-mechanism.js";
import type { AttributeSpec, Schema, SetAttribute } from "../schema/schema.js";
import { schemaShape } from "../schema/schema-shape.js";
import {
  columnRows,
  type EncodedSets,
  joinSets,
  pickRows,
  type Table,
  type TableColumn,
} from "./column.js";
import { anyTable } from "./table-shape.js";
import { missingNumber, refuseValue, valueReader } from "./value.js";

/**
 * A column of a table before it is encoded, in any of the forms that columns come in: texts, of numbers also the numbers, of sets also lists
 * of codes. What is missing is a token of the schema, null or undefined; in a dictionary column also the code -1.
 */
export type TableSource =
  | ColumnSource<string>
  | ColumnSource<number>
  | ColumnSource<readonly string[]>;

/**
 * Reads a table (a parsed CSV, typed arrays, the columns of an Apache Arrow table) by a schema. Every value is checked before anything is randomized.
 *
 * @param schema names the columns, the domains and the tokens that mean missing
 * @param columns the columns by name, all of the same length; columns that the schema does not name are ignored. A number may be a
 *   text; a set is one text with `|` between the codes (the empty text is the empty set), or a list of codes
 * @returns the table; numbers are clamped to their range
 * @throws `EMRX_MISSING_COLUMN` where a column is missing or shorter than another; `EMRX_VALUE_OUTSIDE_DOMAIN` naming the
 *   column, the index of the row (the first is 0) and what was expected, never the value
 * @example
 * ```ts
 * import { defineSchema, encodeTable } from "@emrx/ldp-core";
 *
 * const schema = defineSchema({
 *   id: "visit", version: 1, levels: { usual: "1" },
 *   attributes: {
 *     smoker: { type: "categorical", values: ["no", "yes"], missing: ["?"], level: "usual" },
 *     bmi: { type: "numeric", range: [10, 70], level: "usual" },
 *   },
 *   disclose: "all",
 * });
 * encodeTable(schema, { smoker: ["yes", "?"], bmi: ["22.5", "90"] }).columns; // => [Uint8Array.of(1, 2), Float64Array.of(22.5, 70)]
 * const smoker = { values: ["no", "yes"], codes: [1, -1] };
 * encodeTable(schema, { smoker, bmi: Float32Array.of(22.5, 90) }).columns[0]; // => Uint8Array.of(1, 2)
 * encodeTable(schema, { smoker: ["perhaps"], bmi: ["20"] }); // throws EMRX_VALUE_OUTSIDE_DOMAIN
 * encodeTable(schema, { smoker: ["yes"] }); // throws EMRX_MISSING_COLUMN
 * ```
 */
export function encodeTable(
  schema: Schema,
  columns: { readonly [column: string]: TableSource },
): Table {
  check(schemaShape, schema, "schema");
  return check(columnsOf(schema), columns, "columns", "EMRX_VALUE_OUTSIDE_DOMAIN");
}

/** Reads columns. No message shows a value. */
const columnsOf =
  (schema: Schema): Shape<Table> =>
  (given, visit) => {
    visit.secret = true;
    if (typeof given !== "object" || given === null)
      return refuse(visit, given, "an object with the columns by their names");
    let rows: number | undefined;
    const encoded = schema.attributes.map((attribute) => {
      const { name, type } = attribute;
      const source: unknown = Object.hasOwn(given, attribute.column)
        ? (given as Record<string, unknown>)[attribute.column]
        : undefined;
      if (source === undefined && type === "public") return undefined;
      if (source === undefined) {
        visit.code = "EMRX_MISSING_COLUMN";
        return refuseThat(
          visit,
          `has no column ${quoted(attribute.column)}`,
          `one with the values of attribute ${name}`,
          'Another name of the column goes into the schema: "column".',
        );
      }
      const one = (source: unknown, at: Visit): TableColumn => {
        const values = valuesOf(attribute)(source, at);
        rows ??= values.length;
        if (values.length !== rows) {
          at.code = "EMRX_MISSING_COLUMN";
          return refuseThat(at, `has ${values.length} rows`, `${rows}, as the first column has`);
        }
        return encodeColumn(attribute, values);
      };
      return part(one, source, attribute.column, visit);
    });
    return { schemaHash: schema.hash, rows: rows ?? 0, columns: encoded };
  };

/**
 * Some rows of a table, without copying numbers or codes.
 *
 * @param table from {@link encodeTable}
 * @param first the first row, from 0
 * @param end the row after the last
 * @returns a table of rows `first` to before `end`
 * @throws `EMRX_BAD_PARAMETER` for rows that the table does not have
 * @example
 * ```ts
 * import { defineSchema, encodeTable } from "@emrx/ldp-core";
 * import { tableRows } from "@emrx/ldp-core/records";
 *
 * const schema = defineSchema({
 *   id: "visit", version: 1, levels: { usual: "1" },
 *   attributes: { codes: { type: "set", values: ["a", "b", "c"], atMost: 2, level: "usual" } },
 *   disclose: "all",
 * });
 * const table = encodeTable(schema, { codes: ["a", "b|c", "", "c"] });
 * tableRows(table, 1, 3).columns; // => [{ codes: Uint16Array.of(1, 2), offsets: Uint32Array.of(0, 2, 2) }]
 * tableRows(table, 1, 5); // throws EMRX_BAD_PARAMETER
 * ```
 */
export function tableRows(table: Table, first: number, end: number): Table {
  const { rows, columns, schemaHash } = check(anyTable, table, "table");
  check(integer(0, rows), end, "end");
  check(integer(0, end), first, "first");
  return {
    schemaHash,
    rows: end - first,
    columns: columns.map((column) => column && columnRows(column, first, end)),
  };
}

/**
 * Rows of a table in another order.
 *
 * @param table from {@link encodeTable}
 * @param rows which rows, from 0, in any order
 * @returns a table of these rows in this order
 * @throws `EMRX_BAD_PARAMETER` for a row that the table does not have
 * @example
 * ```ts
 * import { defineSchema, encodeTable } from "@emrx/ldp-core";
 * import { selectRows } from "@emrx/ldp-core/records";
 *
 * const schema = defineSchema({
 *   id: "visit", version: 1, levels: { usual: "1" },
 *   attributes: { codes: { type: "set", values: ["a", "b", "c"], atMost: 2, level: "usual" } },
 *   disclose: "all",
 * });
 * const table = encodeTable(schema, { codes: ["a", "b|c", "", "c"] });
 * selectRows(table, Uint32Array.of(3, 1)).columns; // => [{ codes: Uint16Array.of(2, 1, 2), offsets: Uint32Array.of(0, 1, 3) }]
 * selectRows(table, Uint32Array.of(4)); // throws EMRX_BAD_PARAMETER
 * ```
 */
export function selectRows(table: Table, rows: Uint32Array): Table {
  check(anyTable, table, "table");
  check(typedArray("Uint32Array"), rows, "rows");
  const outside = rows.findIndex((row) => row >= table.rows);
  if (outside >= 0)
    throw new LdpError(
      "EMRX_BAD_PARAMETER",
      `rows[${outside}] is ${rows[outside]}; the table has ${table.rows} rows, so a row from 0 to ${table.rows - 1}`,
    );
  const columns = table.columns.map((column) => column && pickRows(column, rows));
  return { ...table, rows: rows.length, columns };
}

/** What an attribute's column holds, as a mechanism takes it. */
const valuesOf =
  (attribute: AttributeSpec): Shape<Column<Value>> =>
  (source, visit) => {
    const reader = valueReader(attribute, true);
    const one: Shape<Value> = (given, at) =>
      reader(given) ?? refuseValue(attribute, true, given, at);
    const found = column(one, { missing: true })(source, visit);
    if (found.missing > 0 && attribute.missing === undefined)
      for (let row = 0; row < found.length; row++)
        if (found.at(row) === undefined) part(one, undefined, row, visit);
    return found;
  };

function encodeColumn(attribute: AttributeSpec, { length, at }: Column<Value>): TableColumn {
  if (attribute.type === "set") {
    const missing = Uint16Array.of(attribute.values.length);
    return joinSets(Array.from({ length }, (_, row) => (at(row) ?? missing) as Uint16Array));
  }
  const missing = attribute.type === "numeric" ? missingNumber : attribute.values.length;
  const encoded = emptyColumn(attribute, length);
  for (let row = 0; row < length; row++) encoded[row] = (at(row) ?? missing) as number;
  return encoded;
}

function emptyColumn(
  attribute: Exclude<AttributeSpec, SetAttribute>,
  rows: number,
): Exclude<TableColumn, EncodedSets> {
  if (attribute.type === "numeric") return new Float64Array(rows);
  const size = attribute.type === "public" ? attribute.values.length : attribute.categories;
  if (size <= 1 << 8) return new Uint8Array(rows);
  return size <= 1 << 16 ? new Uint16Array(rows) : new Uint32Array(rows);
}
