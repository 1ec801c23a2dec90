// Seeded synthetic records with exactly known distributions: draws from the network of synthetic-model.ts.
import type { RandomSource } from "@emrx/ldp-core";
import type { CsvTable } from "./csv.js";
import type { DictionaryColumn } from "./dictionary-column.js";
import { variables } from "./synthetic-model.js";

/** A variable as the sampler uses it: integers, so that the probabilities stated by `syntheticMarginals` are the exact ones. */
interface Sampler {
  readonly name: string;
  readonly values: readonly string[];
  readonly hidden: boolean;
  /** Positions of the parents in the list of samplers, and how far one step of each moves in the list of tables. */
  readonly parents: readonly number[];
  readonly strides: readonly number[];
  /** Per parent combination: value i is drawn when its word is below thresholds[i] and not below thresholds[i - 1]. */
  readonly tables: readonly Uint32Array[];
}

let made: readonly Sampler[] | undefined;

function samplers(): readonly Sampler[] {
  if (made !== undefined) return made;
  const list: Sampler[] = [];
  for (const { name, values, parents: names, weights, hidden = false } of variables) {
    const parents = names.map((parent) => list.findIndex((other) => other.name === parent));
    const sizes = parents.map((parent) => list[parent]?.values.length ?? 0);
    const strides = sizes.map((_, i) =>
      sizes.slice(i + 1).reduce((product, size) => product * size, 1),
    );
    const count = sizes.reduce((product, size) => product * size, 1);
    const tables = Array.from({ length: count }, (_, table) => {
      const given = sizes.map((size, i) => Math.floor(table / (strides[i] ?? 1)) % size);
      return thresholds(weights(...given));
    });
    list.push({ name, values, hidden, parents, strides, tables });
  }
  made = list;
  return list;
}

/** Cumulated weights out of 2^32, without the last, which is all. */
function thresholds(weights: readonly number[]): Uint32Array {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let sum = 0;
  return Uint32Array.from(weights.slice(0, -1), (weight) => {
    sum += weight;
    return Math.min(0xffffffff, Math.round((sum / total) * 2 ** 32));
  });
}

/** The first value whose threshold is above the word. */
function draw(table: Uint32Array, word: number): number {
  let low = 0;
  let high = table.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (word < (table[middle] ?? 0)) high = middle;
    else low = middle + 1;
  }
  return low;
}

const rowsPerBlock = 1024;

/**
 * Draws records from the stated distributions.
 *
 * @param records how many (a positive integer)
 * @param random uniform words, such as ldp-core's `seededRandom(seed)`; equal words give equal records, and fewer records are a prefix of more
 * @returns the columns of `schemas/synthetic.json`, with subjects "1", "2", ...
 */
export function syntheticTable(records: number, random: RandomSource): CsvTable {
  const list = samplers();
  const codes = list.map(() => new Uint32Array(records));
  const words = new Uint32Array(rowsPerBlock * list.length);
  for (let start = 0; start < records; start += rowsPerBlock) {
    random.fill(words);
    const end = Math.min(start + rowsPerBlock, records);
    list.forEach(({ parents, strides, tables }, v) => {
      const own = codes[v] as Uint32Array;
      const parentCodes = parents.map((parent) => codes[parent] as Uint32Array);
      for (let row = start; row < end; row++) {
        let table = 0;
        for (let i = 0; i < parentCodes.length; i++) {
          table += (parentCodes[i]?.[row] ?? 0) * (strides[i] ?? 0);
        }
        const word = words[(row - start) * list.length + v] ?? 0;
        own[row] = draw(tables[table] as Uint32Array, word);
      }
    });
  }
  const columns: Record<string, DictionaryColumn> = {};
  list.forEach(({ name, values, hidden }, v) => {
    if (!hidden) columns[name] = { dictionary: values, codes: codes[v] as Uint32Array };
  });
  const subjects = Array.from({ length: records }, (_, row) => String(row + 1));
  return { columns, rows: records, records, subjects, lines: new Uint32Array(records) };
}

/**
 * The exact probability of every value of every column, from the very integers the sampler uses, by summing over all
 * combinations of the variables that others depend on.
 *
 * @returns per column, one probability a value in the order of the column's dictionary
 */
export function syntheticMarginals(): Record<string, readonly number[]> {
  const list = samplers();
  const inner = list.flatMap((_, v) =>
    list.some(({ parents }) => parents.includes(v)) ? [v] : [],
  );
  const sums = list.map(({ tables }) => new Float64Array(tables.length));
  const given = new Array<number>(list.length).fill(0);
  const tableOf = ({ parents, strides }: Sampler): number =>
    parents.reduce((table, parent, i) => table + (given[parent] ?? 0) * (strides[i] ?? 0), 0);
  // How likely each parent combination of each variable is, over all values of the inner variables.
  const walk = (depth: number, probability: number): void => {
    if (probability === 0) return;
    const v = inner[depth];
    if (v === undefined) {
      list.forEach((sampler, i) => {
        const sum = sums[i] as Float64Array;
        const table = tableOf(sampler);
        sum[table] = (sum[table] ?? 0) + probability;
      });
      return;
    }
    const sampler = list[v] as Sampler;
    const chances = probabilities(sampler.tables[tableOf(sampler)] as Uint32Array);
    chances.forEach((chance, code) => {
      given[v] = code;
      walk(depth + 1, probability * chance);
    });
  };
  walk(0, 1);
  const marginals: Record<string, readonly number[]> = {};
  list.forEach(({ name, values, hidden, tables }, v) => {
    if (hidden) return;
    const sum = new Array<number>(values.length).fill(0);
    tables.forEach((table, t) => {
      const share = sums[v]?.[t] ?? 0;
      probabilities(table).forEach((chance, code) => {
        sum[code] = (sum[code] ?? 0) + share * chance;
      });
    });
    marginals[name] = sum;
  });
  return marginals;
}

function probabilities(table: Uint32Array): number[] {
  const edges = [0, ...table, 2 ** 32];
  return edges.slice(1).map((edge, i) => (edge - (edges[i] ?? 0)) / 2 ** 32);
}
