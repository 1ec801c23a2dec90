// Many records as columns of numbers: one typed array for each attribute, no object for any value.
import { LdpError } from "../errors.js";
import type { AttributeSpec, Schema } from "../schema/schema.js";
import { outsideDomain, valueReader } from "./value.js";

/** One attribute's values: category indices (missing is the last category), or numbers (missing is NaN). */
export type TableColumn = Uint8Array | Uint16Array | Uint32Array | Float64Array;

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
 * @param columns the texts by column name, all of the same length; columns that the schema does not name are ignored
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
  columns: { readonly [column: string]: readonly string[] },
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

function columnOf(
  { name, type, column }: AttributeSpec,
  columns: { readonly [column: string]: readonly string[] },
): readonly string[] | undefined {
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
  texts: readonly string[] | undefined,
): TableColumn | undefined {
  if (texts === undefined) return undefined;
  const read = valueReader(attribute, true);
  const column = emptyColumn(attribute, texts.length);
  for (let row = 0; row < texts.length; row++) {
    const value = read(texts[row]);
    if (value === undefined) throw outsideDomain(attribute, texts[row], `row ${row + 1}, `);
    column[row] = value;
  }
  return column;
}

function emptyColumn(attribute: AttributeSpec, rows: number): TableColumn {
  if (attribute.type === "numeric") return new Float64Array(rows);
  const size = attribute.type === "public" ? attribute.values.length : attribute.categories;
  if (size <= 1 << 8) return new Uint8Array(rows);
  return size <= 1 << 16 ? new Uint16Array(rows) : new Uint32Array(rows);
}
