// Whole records: 253,680 survey answers of 22 attributes, randomized, aggregated and estimated, 3 attributes a record.
// The data are the BRFSS 2015 diabetes indicators in ../shared/data; without them these entries say that they cannot run.
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { type BenchEntry, benchEntry } from "../../../bench/entry.js";
import {
  type Aggregator,
  createAggregator,
  defineSchema,
  encodeTable,
  memoryStore,
  policyFor,
  type ReportBatch,
  randomizeBatch,
  type Schema,
  type Table,
} from "../src/index.js";
import { reportAt } from "../src/records.js";

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

function randomized({ schema, table, subjects }: Study): Promise<ReportBatch> {
  return randomizeBatch(schema, table, {
    policies: [policyFor(schema)],
    subjects,
    lifetimeBudget: "12",
    memory: memoryStore(),
  });
}

function estimates(schema: Schema, addTo: (aggregator: Aggregator) => void): number {
  const aggregator = createAggregator(schema);
  addTo(aggregator);
  for (const { name } of schema.attributes) aggregator.estimate(name);
  return aggregator.reports;
}

/** A study and its reports as they arrive: bytes. */
async function reported(): Promise<{ readonly schema: Schema; readonly batch: ReportBatch }> {
  const made = study();
  return { schema: made.schema, batch: await randomized(made) };
}

function entry<State>(
  operation: string,
  setup: () => State | Promise<State>,
  run: (state: State) => unknown,
): BenchEntry {
  return benchEntry({
    name: `ldp-core/brfss2015/${operation}`,
    unit: "records",
    work: rows,
    baseline: "limit/mix32",
    setup,
    run,
  });
}

const records: readonly BenchEntry[] = [
  entry("all", study, async (made) => {
    const batch = await randomized(made);
    return estimates(made.schema, (aggregator) => aggregator.addBatch(batch));
  }),
  entry("randomize", study, randomized),
  entry("aggregate-bytes", reported, ({ schema, batch }) =>
    estimates(schema, (aggregator) => aggregator.addBatch(batch)),
  ),
  entry("aggregate-bytes-one", reported, ({ schema, batch }) =>
    estimates(schema, (aggregator) => {
      for (let i = 0; i < batch.count; i++) aggregator.add(reportAt(batch, i));
    }),
  ),
];
export default records;
