// The shape of a table as an argument: what encodeTable can have made, also where it came through a message or a file. No message
// shows what is in it.
import {
  arrayOf,
  integer,
  object,
  part,
  refuse,
  refuseThat,
  type Shape,
  secret,
  text,
  typedArray,
  type Visit,
} from "@emrx/internal/shape";
import type { AttributeSpec, Schema } from "../schema/schema.js";
import type { EncodedSets, Table, TableColumn } from "./column.js";

/** A table of any schema. */
export const anyTable: Shape<Table> = (value, visit) => {
  const { schemaHash, rows, columns } = members(value, visit);
  const column = columnOf(rows);
  return {
    schemaHash,
    rows,
    columns: part(secret(arrayOf(column)), columns, "columns", visit),
  };
};

/** A table that a schema encoded. */
export const tableOf =
  (schema: Schema): Shape<Table> =>
  (value, visit) => {
    const table = anyTable(value, visit);
    if (table.schemaHash !== schema.hash) {
      visit.code = "EMRX_MISMATCH";
      return refuseThat(
        visit,
        "was encoded by another schema",
        `one encoded by schema ${schema.id} version ${schema.version}`,
      );
    }
    visit.secret = true;
    visit.path.push("columns");
    for (const [i, attribute] of schema.attributes.entries())
      part((column, at) => checkColumn(attribute, column, at), table.columns[i], i, visit);
    visit.path.pop();
    visit.secret = false;
    return table;
  };

const members = /* @__PURE__ */ object({
  schemaHash: /* @__PURE__ */ text({ form: /^[0-9a-f]{64}$/, described: "a schema's hash" }),
  rows: /* @__PURE__ */ integer(0, 0xffffffff),
  columns: (value: unknown) => value,
});

const kinds = ["Uint8Array", "Uint16Array", "Uint32Array", "Float64Array"] as const;

const setColumn = /* @__PURE__ */ object({
  codes: /* @__PURE__ */ typedArray("Uint16Array"),
  offsets: /* @__PURE__ */ typedArray("Uint32Array"),
});

const columnOf =
  (rows: number): Shape<TableColumn | undefined> =>
  (value, visit) => {
    if (value === undefined) return undefined;
    const expected = `a column of ${rows} rows made by encodeTable`;
    if (ArrayBuffer.isView(value)) {
      const kind = Object.prototype.toString.call(value).slice(8, -1);
      return kinds.some((each) => each === kind) && (value as Uint8Array).length === rows
        ? (value as Uint8Array)
        : refuse(visit, value, expected);
    }
    const { codes, offsets } = setColumn(value, visit);
    let fits = offsets.length === rows + 1 && offsets[0] === 0 && offsets[rows] === codes.length;
    for (let row = 0; fits && row < rows; row++)
      fits = (offsets[row] as number) <= (offsets[row + 1] as number);
    return fits ? { codes, offsets } : refuse(visit, value, expected);
  };

/** Checks that a column holds values of the attribute's domain and no others. */
function checkColumn(attribute: AttributeSpec, column: unknown, visit: Visit): void {
  if (column === undefined && attribute.type === "public") return;
  const expected = `the values of attribute ${attribute.name}, encoded by its schema`;
  const isSets = typeof column === "object" && !ArrayBuffer.isView(column);
  if (column === undefined || isSets !== (attribute.type === "set"))
    refuse(visit, column, expected);
  const refused = (value: unknown, row: number): void =>
    part((each, at) => refuse(at, each, expected), value, row, visit);
  if (attribute.type === "set") {
    const { codes, offsets } = column as EncodedSets;
    for (let row = 0; row + 1 < offsets.length; row++) {
      const [start, end] = [offsets[row] as number, offsets[row + 1] as number];
      for (let i = start; i < end; i++) {
        const code = codes[i] as number;
        const isAscending = i === start || code > (codes[i - 1] as number);
        if (code >= attribute.categories || !isAscending) refused(code, row);
      }
    }
    return;
  }
  const fits = valueTest(attribute);
  const values = column as Uint32Array;
  for (let row = 0; row < values.length; row++)
    if (!fits(values[row] as number)) refused(values[row], row);
}

function valueTest(
  attribute: Exclude<AttributeSpec, { readonly type: "set" }>,
): (value: number) => boolean {
  if (attribute.type === "numeric") {
    const [low, high] = attribute.range;
    const mayLack = attribute.missing !== undefined;
    return (value) => (value >= low && value <= high) || (mayLack && Number.isNaN(value));
  }
  const size = attribute.type === "public" ? attribute.values.length : attribute.categories;
  return (value) => value >= 0 && value < size && Number.isInteger(value);
}
