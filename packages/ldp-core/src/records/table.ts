// Many records as columns of numbers: one typed array for each attribute, no object for any value.
import { guard, type Shape, typedArray } from "@emrx/internal/shape";
import { check } from "../errors/check.js";
import { LdpError } from "../errors/ldp-error.js";
import type { AttributeSpec, Schema, SetAttribute } from "../schema/schema.js";
import { columnRows, type EncodedSets, joinSets, pickRows, type TableColumn } from "./column.js";
import { outsideDomain, type ValueReader, valueReader } from "./value.js";

/** A column of a table before it is encoded: texts; for sets also lists of codes. */
export type TextColumn = readonly string[] | readonly (readonly string[])[];

/** Records as columns, by attribute index. Made by {@link encodeTable}. */
export interface Table {
  /** The hash of the schema it was encoded by. */
  readonly schemaHash: string;
  readonly rows: number;
  /** One column for each attribute; undefined for a public attribute that the table lacks. */
  readonly columns: readonly (TableColumn | undefined)[];
}

/**
 * Reads a table of texts (a parsed CSV) by a schema. Every value is checked before anything is randomized.
 *
 * @param schema names the columns, the domains and the tokens that mean missing
 * @param columns the texts by column name, all of the same length; columns that the schema does not name are ignored. A set is
 *   one text with `|` between the codes (the empty text is the empty set), or a list of codes
 * @returns the table; numbers are clamped to their range
 * @throws `EMRX_MISSING_COLUMN` where a column is missing or shorter than another; `EMRX_VALUE_OUTSIDE_DOMAIN` naming the
 *   row (the first is 1), the attribute, the value and what was expected
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
 * encodeTable(schema, { smoker: ["perhaps"], bmi: ["20"] }); // throws EMRX_VALUE_OUTSIDE_DOMAIN
 * encodeTable(schema, { smoker: ["yes"] }); // throws EMRX_MISSING_COLUMN
 * ```
 */
export function encodeTable(
  schema: Schema,
  columns: { readonly [column: string]: TextColumn },
): Table {
  const given = schema.attributes.map((attribute) => columnOf(attribute, columns));
  const first = given.findIndex((texts) => texts !== undefined);
  const rows = given[first]?.length ?? 0;
  for (const [i, texts] of given.entries())
    if (texts !== undefined && texts.length !== rows)
      throw new LdpError(
        "EMRX_MISSING_COLUMN",
        `column ${JSON.stringify(schema.attributes[i]?.column)} has ${texts.length} rows, column ${JSON.stringify(schema.attributes[first]?.column)} has ${rows}; is the table cut off?`,
      );
  return {
    schemaHash: schema.hash,
    rows,
    columns: schema.attributes.map((attribute, i) => encodeColumn(attribute, given[i])),
  };
}

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
  const isRow = (row: number): boolean => Number.isInteger(row) && row >= 0 && row <= table.rows;
  if (!isRow(first) || !isRow(end) || first > end)
    throw new LdpError(
      "EMRX_BAD_PARAMETER",
      `rows ${first} to ${end}; expected 0 <= first <= end <= ${table.rows}`,
    );
  const columns = table.columns.map((column) => column && columnRows(column, first, end));
  return { ...table, rows: end - first, columns };
}

const tableShape: Shape<Table> = /* @__PURE__ */ guard(
  (value): value is Table =>
    typeof value === "object" &&
    value !== null &&
    Number.isSafeInteger((value as Table).rows) &&
    Array.isArray((value as Table).columns),
  "a table from encodeTable",
);

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
  check(tableShape, table, "table");
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

function columnOf(
  { name, type, column }: AttributeSpec,
  columns: { readonly [column: string]: TextColumn },
): TextColumn | undefined {
  const texts = Object.hasOwn(columns, column) ? columns[column] : undefined;
  if (texts === undefined && type !== "public")
    throw new LdpError(
      "EMRX_MISSING_COLUMN",
      `attribute ${name}: the table has no column ${JSON.stringify(column)}; it has ${Object.keys(columns).slice(0, 30).join(", ")}`,
    );
  return texts;
}

function encodeColumn(
  attribute: AttributeSpec,
  texts: TextColumn | undefined,
): TableColumn | undefined {
  if (texts === undefined) return undefined;
  const reader = valueReader(attribute, true);
  const read = (row: number): ReturnType<ValueReader> & {} => {
    const value = reader(texts[row]);
    if (value === undefined) throw outsideDomain(attribute, texts[row], `row ${row + 1}, `);
    return value;
  };
  if (attribute.type === "set")
    return joinSets(Array.from({ length: texts.length }, (_, row) => read(row) as Uint16Array));
  const column = emptyColumn(attribute, texts.length);
  for (let row = 0; row < texts.length; row++) column[row] = read(row) as number;
  return column;
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
