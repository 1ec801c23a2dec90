// What the input file really says: the yardstick of the demo, known to nobody in the exchange.
import type { Schema, Table } from "@emrx/ldp-core";

/** The true frequencies of a listed attribute or of the codes of a set, or the true mean of a numeric one. */
export interface Truth {
  readonly attribute: string;
  /** Of every cell in the schema's order, missing last; empty for a numeric attribute. */
  readonly frequencies: Float64Array;
  /** The mean over the values that are there; only for a numeric attribute. */
  readonly mean?: number;
  /** The share of missing values; only for a numeric attribute. */
  readonly missing?: number;
}

/** Counts every randomized attribute of a table. */
export function truthOf(schema: Schema, table: Table): Truth[] {
  return schema.attributes.flatMap((attribute): Truth[] => {
    const column = table.columns[attribute.index];
    if (attribute.type === "public" || column === undefined) return [];
    // Of a set every code counts once; the shares of codes need not sum to 1.
    const values = "offsets" in column ? column.codes : column;
    if (attribute.type === "numeric") {
      let [sum, present] = [0, 0];
      for (const value of values)
        if (!Number.isNaN(value)) {
          sum += value;
          present++;
        }
      return [
        {
          attribute: attribute.name,
          frequencies: new Float64Array(),
          mean: sum / present,
          missing: 1 - present / table.rows,
        },
      ];
    }
    const counts = new Float64Array(attribute.categories);
    for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
    return [{ attribute: attribute.name, frequencies: counts.map((count) => count / table.rows) }];
  });
}
