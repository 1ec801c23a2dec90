// How often do the stated intervals hold? Many seeds, no ledger, all published reports, cell by cell against the truth.
// `npm run demo:coverage -- [--data FILE --schema SCHEMA] [--seeds 20] [--records N]`
import { parseArgs } from "node:util";
import {
  type Aggregator,
  createAggregator,
  defineSchema,
  memoryStore,
  policyFor,
  randomizeBatch,
  type Schema,
  seededRandom,
  type Table,
} from "@emrx/ldp-core";
import { mechanismOf, parseSchema } from "@emrx/ldp-core/schema";
import { clopperPearsonInterval, supportProbabilities } from "@emrx/quality";
import { compare } from "./compare.js";
import { readCsv } from "./csv.js";
import { encodeRecords } from "./encode.js";
import { DemoError } from "./errors.js";
import { Draws, demoChoices, demoPublication } from "./population.js";
import { schemaJson } from "./schemas.js";
import { syntheticTable } from "./synthetic.js";
import { type Truth, truthOf } from "./truth.js";

/** Counts over cells and seeds. */
interface Tally {
  cells: number;
  covered: number;
  /** Sum of (error / predicted standard error) squared. */
  squares: number;
}

const tally = (): Tally => ({ cells: 0, covered: 0, squares: 0 });

function describe({ cells, covered, squares }: Tally): string {
  return cells === 0
    ? "none"
    : `${cells} intervals, ${((100 * covered) / cells).toFixed(2)} % cover, rms of error / predicted standard error ${Math.sqrt(squares / cells).toFixed(4)}`;
}

/** Randomizes everybody once, with choices and noise from a seed, and collects all reports. */
async function publish(
  schema: Schema,
  table: Table,
  subjects: string[],
  seed: string,
  personal: boolean,
): Promise<Aggregator> {
  const menus = demoPublication(schema, table.rows, 200);
  const policies = menus.profiles.map(({ preferences }) => policyFor(schema, preferences));
  const choices = demoChoices(menus, table.rows, new Draws(seededRandom(`${seed}/choices`)));
  const batch = await randomizeBatch(schema, table, {
    policies: personal ? policies : [policyFor(schema)],
    ...(personal ? { policyOf: choices.profile } : {}),
    subjects,
    lifetimeBudget: "1000",
    memory: memoryStore(),
    randomForTests: seededRandom(`${seed}/noise`),
  });
  const aggregator = createAggregator(schema);
  aggregator.addBatch(batch);
  return aggregator;
}

/** Clopper-Pearson intervals of the attributes that everybody disclosed at one level. */
function exactIntervals(
  schema: Schema,
  truths: readonly Truth[],
  aggregator: Aggregator,
  into: Tally,
): void {
  for (const { attribute, frequencies } of truths) {
    const spec = schema.attributes.find(({ name }) => name === attribute);
    const levels = [...aggregator.disclosed(attribute)];
    if (spec === undefined || frequencies.length === 0 || levels.length !== 1) continue;
    const [level, n] = levels[0] ?? [0, 0];
    const mechanism = mechanismOf(schema, spec.index, level);
    const estimate = aggregator.estimate(attribute);
    if (estimate.type !== "frequencies" || !("support" in mechanism)) continue;
    const channel = supportProbabilities(mechanism);
    for (const [cell, truth] of frequencies.entries()) {
      const count = Math.round(
        n * ((estimate.frequencies[cell] ?? 0) * (channel.p - channel.q) + channel.q),
      );
      const { lower, upper } = clopperPearsonInterval({ ...channel, count, n, confidence: 0.95 });
      into.cells++;
      if (lower <= truth && truth <= upper) into.covered++;
    }
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      data: { type: "string" },
      schema: { type: "string" },
      seeds: { type: "string", default: "20" },
      records: { type: "string" },
    },
  });
  const seeds = Number(values.seeds);
  const records = values.records === undefined ? undefined : Number(values.records);
  if (!Number.isSafeInteger(seeds) || seeds < 1 || (records !== undefined && !(records >= 1)))
    throw new DemoError(
      "EMRX_DEMO_ARGUMENT",
      "--seeds and --records: expected whole numbers of at least 1",
    );
  const schema = parseSchema(schemaJson(values.schema ?? "synthetic"));
  const read =
    values.data === undefined
      ? syntheticTable(records ?? 200_000, seededRandom("1/records"))
      : await readCsv(values.data, schema, { records });
  const table = encodeRecords(schema, read, values.data ?? "synthetic");
  const truths = truthOf(schema, table);
  // The same attributes at the same levels, but every attribute disclosed by everybody: what exact intervals need.
  const everybody = defineSchema({
    ...schema.json,
    id: `${schema.id}-everybody`,
    disclose: "all",
  });
  const wholeTable = { ...table, schemaHash: everybody.hash };

  const [frequencies, means, exact] = [tally(), tally(), tally()];
  for (let seed = 1; seed <= seeds; seed++) {
    const sampled = await publish(schema, table, read.subjects, `coverage-${seed}`, true);
    for (const { estimates } of compare(schema, truths, sampled, table.rows))
      for (const { kind, truth, estimate, standardError, interval } of estimates) {
        const into = kind === "mean" ? means : frequencies;
        into.cells++;
        if (interval[0] <= truth && truth <= interval[1]) into.covered++;
        into.squares += ((estimate - truth) / standardError) ** 2;
      }
    exactIntervals(
      everybody,
      truths,
      await publish(everybody, wholeTable, read.subjects, `exact-${seed}`, false),
      exact,
    );
    console.log(`seed ${seed} of ${seeds}: frequencies ${describe(frequencies)}`);
  }
  console.log(`\n${schema.id}: ${table.rows} subjects, ${seeds} seeds`);
  console.log(`normal 95 % intervals of frequencies: ${describe(frequencies)}`);
  console.log(`normal 95 % intervals of means:       ${describe(means)}`);
  console.log(
    `Clopper-Pearson, everybody disclosing: ${exact.cells} intervals, ${((100 * exact.covered) / exact.cells).toFixed(2)} % cover`,
  );
}

await main();
