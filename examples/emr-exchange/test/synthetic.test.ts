import { seededRandom } from "@emrx/ldp-core";
import { describe, expect, test } from "vitest";
import { columnTexts } from "../src/dictionary-column.js";
import { schemaJson } from "../src/schemas.js";
import { syntheticMarginals, syntheticTable } from "../src/synthetic.js";
import { missing, variables } from "../src/synthetic-model.js";

interface AttributeJson {
  type: string;
  level: string;
  values?: string[];
  range?: [number, number];
  missing?: string[];
}
const attributes = (schemaJson("synthetic") as { attributes: Record<string, AttributeJson> })
  .attributes;

describe("the model", () => {
  test("no weight is negative and no table is empty, under any combination of parents", () => {
    const sizes = new Map(variables.map(({ name, values }) => [name, values.length]));
    let tables = 0;
    for (const { name, values, parents, weights } of variables) {
      let combinations: number[][] = [[]];
      for (const parent of parents) {
        const codes = Array.from({ length: sizes.get(parent) ?? 0 }, (_, code) => code);
        combinations = combinations.flatMap((given) => codes.map((code) => [...given, code]));
      }
      for (const given of combinations) {
        const list = weights(...given);
        expect(list.length, name).toBe(values.length);
        expect(Math.min(...list), `${name} given ${given}`).toBeGreaterThanOrEqual(0);
        expect(Math.max(...list), `${name} given ${given}`).toBeGreaterThan(0);
        tables++;
      }
    }
    expect(tables).toBeGreaterThan(400);
  });

  test("the shipped schema has exactly the model's columns, domains and missing tokens", () => {
    const columns = variables.filter(({ hidden }) => !hidden);
    expect(Object.keys(attributes)).toEqual(columns.map(({ name }) => name));
    for (const { name, values } of columns) {
      const attribute = attributes[name];
      const present = values.filter((value) => value !== missing);
      expect(attribute?.missing, name).toEqual(values.includes(missing) ? [missing] : undefined);
      if (attribute?.range === undefined) expect(attribute?.values).toEqual(present);
      else expect(attribute.range).toEqual([Number(present[0]), Number(present.at(-1))]);
    }
  });

  test("every level is in use", () => {
    const used = new Set(Object.values(attributes).map(({ level }) => level));
    expect([...used].sort()).toEqual(["L1", "L2", "L3", "L4"]);
  });
});

describe("the generator", () => {
  test("equal seeds give equal records, others do not, and fewer records are a prefix of more", () => {
    const table = syntheticTable(3000, seededRandom("a"));
    expect(syntheticTable(3000, seededRandom("a"))).toEqual(table);
    expect(syntheticTable(3000, seededRandom("b")).columns).not.toEqual(table.columns);
    const fewer = syntheticTable(1500, seededRandom("a"));
    for (const [name, { codes }] of Object.entries(table.columns)) {
      expect(fewer.columns[name]?.codes).toEqual(codes.slice(0, 1500));
    }
    expect(fewer).toMatchObject({ rows: 1500, records: 1500 });
    expect(fewer.subjects.at(-1)).toBe("1500");
  });

  test("the stated marginals are distributions, and 200,000 records follow them", () => {
    const rows = 200_000;
    const { columns } = syntheticTable(rows, seededRandom("marginals"));
    const marginals = syntheticMarginals();
    expect(Object.keys(marginals)).toEqual(Object.keys(columns));
    for (const [name, { dictionary, codes }] of Object.entries(columns)) {
      const expected = marginals[name] ?? [];
      expect(expected.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 12);
      const counts = new Array<number>(dictionary.length).fill(0);
      for (const code of codes) counts[code] = (counts[code] ?? 0) + 1;
      // Pearson's chi-square over cells expected at least 10 times, the others taken together.
      let [chi2, cells, restCount, restExpected] = [0, 0, 0, 0];
      expected.forEach((p, i) => {
        const count = counts[i] ?? 0;
        if (p * rows < 10) {
          restCount += count;
          restExpected += p * rows;
        } else {
          chi2 += (count - p * rows) ** 2 / (p * rows);
          cells++;
        }
      });
      if (restExpected >= 1) chi2 += (restCount - restExpected) ** 2 / restExpected;
      // The mean of chi-square is its degrees of freedom, its variance twice that: five deviations.
      const freedom = cells - (restExpected >= 1 ? 0 : 1);
      expect(chi2, name).toBeLessThan(freedom + 5 * Math.sqrt(2 * freedom) + 5);
    }
  });

  test("age raises hypertension, weight raises diabetes, diabetes raises HbA1c, hypertension raises pressure", () => {
    const { columns } = syntheticTable(50_000, seededRandom("dependence"));
    const text = (name: string): string[] => {
      const column = columns[name];
      return column === undefined ? [] : columnTexts(column);
    };
    const [age, hypertension, bmi, diabetes, hba1c, systolic] = [
      "age",
      "hypertension",
      "bmi",
      "diabetes",
      "hba1c",
      "systolic",
    ].map(text) as [string[], string[], string[], string[], string[], string[]];
    const share = (of: string[], value: string, where: (row: number) => boolean): number => {
      const rows = of.flatMap((_, row) => (where(row) ? [row] : []));
      return rows.filter((row) => of[row] === value).length / rows.length;
    };
    const mean = (of: string[], where: (row: number) => boolean): number => {
      const numbers = of.flatMap((value, row) => (where(row) && value !== missing ? [+value] : []));
      return numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
    };
    const young = (row: number): boolean => age[row] === "18-29";
    const old = (row: number): boolean => age[row] === "80+";
    expect(share(hypertension, "yes", old)).toBeGreaterThan(4 * share(hypertension, "yes", young));
    const obese = (row: number): boolean => Number(bmi[row]) >= 30;
    const slim = (row: number): boolean => Number(bmi[row]) < 25;
    expect(share(diabetes, "type 2", obese)).toBeGreaterThan(2 * share(diabetes, "type 2", slim));
    const type2 = (row: number): boolean => diabetes[row] === "type 2";
    const healthy = (row: number): boolean => diabetes[row] === "none";
    expect(mean(hba1c, type2) - mean(hba1c, healthy)).toBeGreaterThan(1.5);
    const high = (row: number): boolean => hypertension[row] === "yes";
    const normal = (row: number): boolean => hypertension[row] === "no";
    expect(mean(systolic, high) - mean(systolic, normal)).toBeGreaterThan(10);
  });

  test("a value of the domain that nobody has stays at probability zero", () => {
    const index = variables.find(({ name }) => name === "mainDiagnosis")?.values.indexOf("P00-P96");
    expect(syntheticMarginals()["mainDiagnosis"]?.[index ?? -1]).toBe(0);
  });
});
