// Whole records: 253,680 survey answers of 22 attributes, randomized, aggregated and estimated, 3 attributes a record.
// The data are the BRFSS 2015 diabetes indicators in ../shared/data, and without them this has no entries.
import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { type BenchEntry, benchEntry } from "../../../bench/entry.js";
import {
  createAggregator,
  defineSchema,
  encodeTable,
  memoryStore,
  policyFor,
  randomizeBatch,
  type Schema,
  type Table,
} from "../src/index.js";

const folder = "../shared/data/brfss2015";
const rows = 253_680;

interface Study {
  readonly schema: Schema;
  readonly table: Table;
  readonly subjects: readonly string[];
}

/** Every column, at the sensitivity proposed for it, with epsilon 4, 2, 1 and 0.5. */
function study(): Study {
  const json = (name: string) => JSON.parse(readFileSync(`${folder}/${name}.json`, "utf8"));
  const [domains, sensitivity] = [json("domains"), json("sensitivity")];
  const csv = gunzipSync(readFileSync(`${folder}/brfss2015.csv.gz`));
  const names = csv.toString("latin1", 0, csv.indexOf("\n")).split(",");
  const attributes = names.map((name) => {
    const { type, values, range } = domains[name];
    return [name, { type, values, range, level: sensitivity.attributes[name].level }];
  });
  const schema = defineSchema({
    id: "brfss2015",
    version: 1,
    levels: { L1: "4", L2: "2", L3: "1", L4: "0.5" },
    attributes: JSON.parse(JSON.stringify(Object.fromEntries(attributes))),
    disclose: { sample: 3 },
  });
  return {
    schema,
    table: readTable(schema, names, csv),
    subjects: Array.from({ length: rows }, (_, row) => `respondent ${row}`),
  };
}

/** Encodes a CSV without quotes band by band: its five million cells never stand in memory as texts all at once. */
function readTable(schema: Schema, names: readonly string[], csv: Buffer): Table {
  const columns = schema.attributes.map(({ type }) =>
    type === "numeric" ? new Float64Array(rows) : new Uint8Array(rows),
  );
  let at = csv.indexOf("\n") + 1;
  for (let row = 0; row < rows; ) {
    const end = csv.indexOf("\n", Math.min(at + 2 ** 19, csv.length - 2)) + 1;
    const lines = csv.toString("latin1", at, end).trimEnd().split("\n");
    const cells = lines.map((line) => line.split(","));
    const texts = names.map((name, i) => [name, cells.map((line) => line[i] as string)]);
    const band = encodeTable(schema, Object.fromEntries(texts));
    columns.forEach((column, i) => {
      column.set(band.columns[i] as Uint8Array, row);
    });
    row += band.rows;
    at = end;
  }
  return { schemaHash: schema.hash, rows, columns };
}

function all({ schema, table, subjects }: Study): number {
  const batch = randomizeBatch(schema, table, {
    policies: [policyFor(schema)],
    subjects,
    lifetimeBudget: "12",
    memory: memoryStore(),
  });
  const aggregator = createAggregator(schema);
  aggregator.addBatch(batch);
  for (const { name } of schema.attributes) aggregator.estimate(name);
  return aggregator.reports;
}

const isThere = existsSync(`${folder}/brfss2015.csv.gz`);
if (!isThere) console.error(`ldp-core/brfss2015/all is left out: ${folder} is not there`);

const records: readonly BenchEntry[] = isThere
  ? [
      benchEntry({
        name: "ldp-core/brfss2015/all",
        unit: "s",
        work: rows,
        baseline: "limit/mix32",
        setup: study,
        run: all,
      }),
    ]
  : [];
export default records;
