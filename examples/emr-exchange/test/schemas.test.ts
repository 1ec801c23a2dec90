import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sharedJson, testWithShared } from "@emrx/testkit";
import { expect, test } from "vitest";
import { schemaJson } from "../src/schemas.js";

interface Json {
  levels: Record<string, string>;
  attributes: Record<string, { type: string; level: string; missing?: string[] }>;
  disclose: unknown;
}

for (const [name, attributes] of [
  ["brfss2015", 22],
  ["diabetes130", 48],
] as const) {
  testWithShared(
    `data/${name}/domains.json`,
    `${name}: domains, missing tokens and levels are the published ones, and no identifier is in the schema`,
    () => {
      const domains = sharedJson(`data/${name}/domains.json`) as Record<string, object>;
      const { attributes: levels, example_epsilon } = sharedJson(
        `data/${name}/sensitivity.json`,
      ) as {
        attributes: Record<string, { level: string }>;
        example_epsilon: Record<string, number>;
      };
      const schema = schemaJson(name) as Json;
      const public_ = Object.keys(domains).filter((column) => levels[column]?.level !== "ID");
      expect(Object.keys(schema.attributes)).toEqual(public_);
      expect(public_.length).toBe(attributes);
      for (const column of public_) {
        const { level, ...domain } = schema.attributes[column] ?? {};
        expect(level).toBe(levels[column]?.level);
        expect(domains[column]).toMatchObject(domain);
        const { missing } = domains[column] as { missing?: string[] };
        expect(schema.attributes[column]?.missing).toEqual(missing);
      }
      for (const [level, epsilon] of Object.entries(schema.levels)) {
        expect(Number(epsilon)).toBe(example_epsilon[level]);
      }
      expect(schema.disclose).toEqual({ sample: 2 });
    },
  );
}

test("a schema that is neither shipped nor a JSON file is an error that names it", () => {
  const folder = mkdtempSync(join(tmpdir(), "emrx-schema-"));
  try {
    const file = join(folder, "s.json");
    writeFileSync(file, '{ "id": ');
    for (const name of [file, join(folder, "none.json"), "constructor"]) {
      expect(() => schemaJson(name)).toThrow(
        expect.objectContaining({
          code: "EMRX_DEMO_SCHEMA_FILE",
          message: expect.stringContaining(name),
        }),
      );
    }
    writeFileSync(file, '{ "id": "x" }');
    expect(schemaJson(file)).toEqual({ id: "x" });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
