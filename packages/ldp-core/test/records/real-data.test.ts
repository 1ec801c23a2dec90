// The whole path on real records: table, policies, batch, report bytes, aggregator, estimates against the true marginals.
// A part of the records, evenly spread; with EMRX_SLOW=1 in the environment all of them.
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { sharedJson, sharedPath, testWithShared } from "@emrx/testkit";
import { expect, vi } from "vitest";
import { createAccountant } from "../../src/accounting.js";
import {
  createAggregator,
  defineSchema,
  encodeTable,
  type LdpError,
  memoryStore,
  policyFor,
  randomizeBatch,
  type Schema,
  type SchemaJson,
  seededRandom,
} from "../../src/index.js";

vi.setConfig({ testTimeout: 300_000 });

type Columns = Readonly<Record<string, readonly string[]>>;

const isSlow = process.env["EMRX_SLOW"] === "1";

/** A CSV without quotes, as columns of texts: every line, or one in `step` unless the slow suite runs. */
function readColumns(file: string, step: number): Columns {
  const text = gunzipSync(readFileSync(sharedPath(file) as string)).toString("utf8");
  const [head = "", ...every] = text.trimEnd().split("\n");
  const lines = isSlow ? every : every.filter((_, i) => i % step === 0);
  const names = head.split(",");
  const columns = names.map((): string[] => []);
  const known = new Map<string, string>();
  for (const line of lines)
    for (const [i, cell] of line.split(",").entries()) {
      // A slice of the line would keep the whole file alive.
      let own = known.get(cell);
      if (own === undefined) {
        own = Buffer.from(cell).toString();
        known.set(own, own);
      }
      columns[i]?.push(own);
    }
  return Object.fromEntries(names.map((name, i) => [name, columns[i] as string[]]));
}

/** A schema from the public domains and the proposed sensitivity levels. */
function schemaOf(name: string, columns: Columns, missing: readonly string[]): Schema {
  const domains = sharedJson(`data/${name}/domains.json`) as Record<
    string,
    { type: string; values?: string[]; range?: [number, number] }
  >;
  const { attributes: sensitivity } = sharedJson(`data/${name}/sensitivity.json`) as {
    attributes: Record<string, { level: string }>;
  };
  const attributes = Object.keys(columns).flatMap((column) => {
    const domain = domains[column];
    if (domain === undefined || domain.type === "identifier") return [];
    const { type, values, range } = domain;
    const tokens = missing.filter((token) => columns[column]?.includes(token));
    const level = sensitivity[column]?.level;
    return [
      [
        column,
        {
          type,
          level,
          ...(values && { values }),
          ...(range && { range }),
          ...(tokens.length > 0 && { missing: tokens }),
        },
      ],
    ];
  });
  return defineSchema({
    id: name,
    version: 1,
    levels: { L1: "4", L2: "2", L3: "1", L4: "0.5" },
    attributes: Object.fromEntries(attributes),
    disclose: { sample: 3 },
  } as SchemaJson);
}

/** Randomizes and estimates everything; returns every cell's error in standard errors, and what it took. */
async function study(schema: Schema, columns: Columns, subjects: readonly string[]) {
  const memory = memoryStore();
  const names = schema.attributes.map(({ name }) => name);
  const policies = [
    policyFor(schema),
    policyFor(schema, { [names[0] as string]: "withhold", [names[3] as string]: "L4" }),
    policyFor(schema, Object.fromEntries(names.map((name) => [name, "L4"]))),
  ];
  // One in five chose stricter levels, whatever the values.
  const policyOf = Uint8Array.from(subjects, (_, i) => (i % 10 === 3 ? 1 : i % 10 === 7 ? 2 : 0));
  const lifetimeBudget = "12";
  const started = performance.now();
  const table = encodeTable(schema, columns);
  const encoded = performance.now();
  const batch = await randomizeBatch(schema, table, {
    policies,
    policyOf,
    subjects,
    lifetimeBudget,
    memory,
    randomForTests: seededRandom("real data"),
  });
  const randomized = performance.now();
  const aggregator = createAggregator(schema);
  aggregator.addBatch(batch);
  const aggregated = performance.now();

  const errors: number[] = [];
  for (const { name, column } of schema.attributes) {
    const estimate = aggregator.estimate(name, { cohort: table.rows });
    const texts = columns[column] as readonly string[];
    if (estimate.type === "mean") {
      const truth = texts.reduce((sum, text) => sum + Number(text), 0) / texts.length;
      errors.push((estimate.mean - truth) / Math.sqrt(estimate.variance));
      continue;
    }
    const counts = new Map<string, number>();
    for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
    for (const [v, label] of estimate.labels.entries()) {
      const truth = (counts.get(label ?? "?") ?? 0) / texts.length;
      errors.push(
        ((estimate.frequencies[v] as number) - truth) / Math.sqrt(estimate.variances[v] as number),
      );
    }
  }
  const accountant = createAccountant({ memory, lifetimeBudget });
  const most = Math.max(
    ...(await Promise.all(subjects.slice(0, 5000).map((subject) => accountant.spent(subject)))).map(
      Number,
    ),
  );
  console.log(
    `${schema.id}: ${table.rows} rows x ${names.length}: encode ${(encoded - started).toFixed(0)} ms, randomize ${(randomized - encoded).toFixed(0)} ms, ` +
      `aggregate ${(aggregated - randomized).toFixed(0)} ms, ${batch.bytes.length} bytes, rss ${(process.memoryUsage().rss / 1e6).toFixed(0)} MB, ${errors.length} cells`,
  );
  return { aggregator, batch, errors, most };
}

function expectHonest(errors: readonly number[]): void {
  expect(errors.every((error) => Math.abs(error) < 5)).toBe(true);
  const inside = errors.filter((error) => Math.abs(error) < 1.96).length / errors.length;
  // The cells of one attribute hang together, so the share scatters more than a binomial.
  expect(inside).toBeGreaterThan(0.88);
}

testWithShared(
  "data/brfss2015/brfss2015.csv.gz",
  "survey records of 22 attributes: every estimate lies within five standard errors of the truth",
  async () => {
    const columns = readColumns("data/brfss2015/brfss2015.csv.gz", 8);
    const rows = isSlow ? 253_680 : 31_710;
    const schema = schemaOf("brfss2015", columns, []);
    const subjects = (columns["Sex"] ?? []).map((_, i) => `respondent ${i}`);
    expect(subjects).toHaveLength(rows);
    const { aggregator, batch, errors, most } = await study(schema, columns, subjects);
    expect(aggregator.reports).toBe(rows);
    expect(batch.count).toBe(rows);
    expect(most).toBe(12);
    expectHonest(errors);
  },
);

testWithShared(
  "data/diabetes130/diabetes130.csv.gz",
  "diabetes130: one encounter a patient, 48 attributes with missing values, every estimate within five standard errors",
  async () => {
    const all = readColumns("data/diabetes130/diabetes130.csv.gz", 4);
    const schema = schemaOf("diabetes130", all, ["?"]);
    const first = new Map<string, number>();
    for (const [row, patient] of (all["patient_nbr"] ?? []).entries()) {
      const best = first.get(patient);
      const encounter = (at: number) => Number(all["encounter_id"]?.[at]);
      if (best === undefined || encounter(row) < encounter(best)) first.set(patient, row);
    }
    const rows = [...first.values()];
    if (isSlow) expect(rows).toHaveLength(71_518);
    else expect(rows.length).toBeGreaterThan(20_000);
    const columns = Object.fromEntries(
      Object.entries(all).map(([name, texts]) => [name, rows.map((row) => texts[row] as string)]),
    );
    const { errors, most } = await study(schema, columns, [...first.keys()]);
    expect(most).toBeLessThanOrEqual(12);
    expectHonest(errors);
  },
);

testWithShared(
  "data/diabetes130/diabetes130.csv.gz",
  "diabetes130 with all encounters: a patient whose budget does not last stops the batch and nothing is spent",
  async () => {
    const columns = readColumns("data/diabetes130/diabetes130.csv.gz", 4);
    const schema = schemaOf("diabetes130", columns, ["?"]);
    const memory = memoryStore();
    const subjects = columns["patient_nbr"] as readonly string[];
    let error: unknown;
    try {
      await randomizeBatch(schema, encodeTable(schema, columns), {
        policies: [policyFor(schema)],
        subjects,
        repeatedSubjects: "charge",
        lifetimeBudget: "24",
        memory,
      });
    } catch (caught) {
      error = caught;
    }
    expect((error as LdpError).code).toBe("EMRX_BUDGET_EXHAUSTED");
    const accountant = createAccountant({ memory, lifetimeBudget: "24" });
    for (const subject of subjects.slice(0, 2000))
      expect(await accountant.spent(subject)).toBe("0");
  },
);
