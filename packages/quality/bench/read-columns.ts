// Columns of a CSV file as category indices, by the public domains of a JSON file.
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

/** A column of category indices. */
export interface Column {
  readonly name: string;
  readonly categories: number;
  readonly values: Uint16Array;
}

type Domains = Record<
  string,
  { readonly values: readonly string[]; readonly missing?: readonly string[] }
>;

/** Reads the columns named; a missing value is a category of its own. No field of the file may be quoted. */
export function readColumns(
  file: string,
  domainsFile: string,
  names: readonly string[],
): readonly Column[] {
  const domains = JSON.parse(readFileSync(domainsFile, "utf8")) as Domains;
  const bytes = readFileSync(file);
  const text = (file.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("latin1");
  const rows = text.split(/\r?\n/).filter((line) => line !== "");
  const header = (rows.shift() as string).split(",");
  const cells = rows.map((line) => line.split(","));
  return names.map((name) => {
    const at = header.indexOf(name);
    const domain = domains[name];
    if (at < 0 || !domain?.values) throw new Error(`${name} is not a column with a list of values`);
    const index = new Map(domain.values.map((value, v) => [value, v]));
    for (const token of domain.missing ?? []) index.set(token, domain.values.length);
    const values = Uint16Array.from({ length: cells.length }, (_, i) => {
      const value = cells[i]?.[at] as string;
      const category = index.get(value);
      if (category === undefined) throw new Error(`row ${i + 1}: ${name} is "${value}"`);
      return category;
    });
    return { name, categories: domain.values.length + (domain.missing ? 1 : 0), values };
  });
}
