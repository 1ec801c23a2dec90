import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineSchema, seededRandom } from "@emrx/ldp-core";
import { parseSchema } from "@emrx/ldp-core/schema";
import { sharedJson, sharedPath, testWithShared } from "@emrx/testkit";
import { afterAll, expect, test, vi } from "vitest";
import { readCsv } from "../src/csv.js";
import { encodeRecords } from "../src/encode.js";
import { schemaJson } from "../src/schemas.js";
import { syntheticMarginals, syntheticTable } from "../src/synthetic.js";

vi.setConfig({ testTimeout: 60_000 });

const folder = mkdtempSync(join(tmpdir(), "emrx-encode-"));
afterAll(() => rmSync(folder, { recursive: true }));

const shipped = (name: string) => parseSchema(schemaJson(name));

test("a value outside its domain is an error that names the line of the file, also where records were left out", async () => {
  const schema = defineSchema({
    id: "t",
    version: 1,
    subject: { column: "who", keep: { lowest: "visit" } },
    levels: { a: "1" },
    attributes: { smoker: { type: "categorical", values: ["no", "yes"], level: "a" } },
    disclose: "all",
  });
  const file = join(folder, "t.csv");
  writeFileSync(file, "who,visit,smoker\nann,2,no\nann,1,yes\nann,3,yes\nbob,1,perhaps\n");
  const table = await readCsv(file, schema);
  expect(() => encodeRecords(schema, table, file)).toThrow(
    expect.objectContaining({
      code: "EMRX_DEMO_CSV_VALUE",
      message: expect.stringMatching(
        /t\.csv, line 5: columns\.smoker\[1\] is a string.*"no", "yes"/,
      ),
      cause: expect.objectContaining({ code: "EMRX_VALUE_OUTSIDE_DOMAIN" }),
    }),
  );
});

test("synthetic records fit their schema, and missing is the last category", () => {
  const schema = shipped("synthetic");
  const table = encodeRecords(schema, syntheticTable(20_000, seededRandom("e")), "synthetic");
  expect(table.rows).toBe(20_000);
  const hiv = schema.attributes.find(({ name }) => name === "hiv");
  const missing = (table.columns[hiv?.index ?? -1] as Uint8Array).filter((value) => value === 2);
  const expected = syntheticMarginals()["hiv"]?.[2] ?? 0;
  expect(Math.abs(missing.length / 20_000 - expected)).toBeLessThan(0.015); // five deviations
});

interface Truth {
  scopes: Record<string, { columns: Record<string, { stats?: { mean?: number } }> }>;
}

for (const [name, scope] of [
  ["brfss2015", "all"],
  ["diabetes130", "first_encounter_per_patient"],
] as const) {
  testWithShared(
    `data/${name}/${name}.csv.gz`,
    `${name}: every value lies in its domain, and the means are those of another program`,
    async () => {
      const schema = shipped(name);
      const file = sharedPath(`data/${name}/${name}.csv.gz`) ?? "";
      const table = encodeRecords(schema, await readCsv(file, schema), file);
      const columns = (sharedJson(`data/${name}/truth.json`) as Truth).scopes[scope]?.columns ?? {};
      const numeric = schema.attributes.filter(({ type }) => type === "numeric");
      expect(numeric.length).toBeGreaterThan(2);
      for (const { name: attribute, index } of numeric) {
        const numbers = table.columns[index] as Float64Array;
        const mean = numbers.reduce((sum, number) => sum + number, 0) / table.rows;
        expect(mean, attribute).toBeCloseTo(columns[attribute]?.stats?.mean ?? Number.NaN, 5);
      }
    },
  );
}
