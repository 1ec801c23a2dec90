// Collects the reports of many people, kept apart by attribute and level.
import { LdpError } from "../errors/ldp-error.js";
import { addedReports, otherState } from "../mechanisms/common/other-state.js";
import type { ReportBatch } from "../records/batch-report.js";
import { parseReport } from "../records/report.js";
import type { SchemaJson } from "../schema/json.js";
import { anyMechanismOf } from "../schema/mechanism.js";
import type { Schema } from "../schema/schema.js";
import { decodeBatch } from "./decode-batch.js";

import {
  type AttributeEstimate,
  type EstimatesOf,
  estimateAttribute,
  type RandomizedAttribute,
} from "./estimate.js";

import type { EstimateOptions } from "./estimate-options.js";
import {
  type AggregatorState,
  groupKey,
  type ReportGroup,
  readState,
  writeState,
} from "./state.js";

/** Collects reports of one schema, whose attributes have `Estimates` by name. Adding and merging commute and associate, bit for bit. */
export interface Aggregator<
  Estimates extends { readonly [attribute: string]: AttributeEstimate } = EstimatesOf<SchemaJson>,
> {
  /** The hash of the schema. */
  readonly schemaHash: string;
  /** Number of reports so far. */
  readonly reports: number;
  /** Adds one report, or throws and adds nothing. */
  add(report: Uint8Array): void;
  /** Adds all reports of a batch, or throws and adds none. */
  addBatch(batch: ReportBatch): void;
  /** Adds everything another aggregator of the same schema has collected, whichever copy of the schema made it. */
  merge(other: Pick<Aggregator, "schemaHash" | "toBytes">): void;
  /** The state as canonical bytes: equal states, equal bytes. {@link aggregatorFromBytes} reads them. */
  toBytes(): Uint8Array<ArrayBuffer>;
  /** The number of reports that disclosed an attribute, by level index, for the levels that occur. */
  disclosed(attribute: keyof Estimates & string): ReadonlyMap<number, number>;
  /**
   * The unbiased estimate of an attribute.
   *
   * @throws `EMRX_NO_REPORTS` where no report disclosed it, `EMRX_BAD_PARAMETER` for a name that is no randomized
   *   attribute, or a cohort smaller than the number of reports
   */
  estimate<Name extends keyof Estimates & string>(
    attribute: Name,
    options?: EstimateOptions,
  ): Estimates[Name];
}

/**
 * An empty aggregator for the reports of a schema.
 *
 * @param schema the schema that the reports must belong to
 * @returns the aggregator; its methods throw `EMRX_MALFORMED_REPORT` or `EMRX_MISMATCH` on a wrong report
 * @example
 * ```ts
 * import { createAggregator, createRandomizer, defineSchema, memoryStore, seededRandom } from "@emrx/ldp-core";
 *
 * const schema = defineSchema({
 *   id: "visit", version: 1, levels: { usual: "1" },
 *   attributes: { smoker: { type: "categorical", values: ["no", "yes"], level: "usual" } },
 *   disclose: "all",
 * });
 * const memory = memoryStore();
 * const randomForTests = seededRandom("example");
 * const study = createAggregator(schema);
 * for (let i = 0; i < 100; i++) {
 *   const randomizer = createRandomizer(schema, { subject: `patient ${i}`, lifetimeBudget: "1", memory, randomForTests });
 *   study.add(await randomizer.randomize({ smoker: i < 20 ? "yes" : "no" }));
 * }
 * study.reports; // => 100
 * study.estimate("smoker").n; // => 100
 * study.estimate("age"); // throws EMRX_BAD_PARAMETER
 * ```
 */
export function createAggregator<Json extends SchemaJson>(
  schema: Schema<Json>,
): Aggregator<EstimatesOf<Json>> {
  return aggregatorOver(schema, { reports: 0, groups: new Map() });
}

/**
 * Reads what {@link Aggregator.toBytes} wrote, and nothing else.
 *
 * @param schema the schema of the reports
 * @param bytes canonical state bytes
 * @returns an aggregator in that state
 * @throws `EMRX_MALFORMED_STATE` for any other bytes, `EMRX_MISMATCH` for the state of another schema
 * @example
 * ```ts
 * import { createAggregator, defineSchema } from "@emrx/ldp-core";
 * import { aggregatorFromBytes } from "@emrx/ldp-core/aggregation";
 *
 * const schema = defineSchema({
 *   id: "visit", version: 1, levels: { usual: "1" },
 *   attributes: { smoker: { type: "categorical", values: ["no", "yes"], level: "usual" } },
 *   disclose: "all",
 * });
 * const bytes = createAggregator(schema).toBytes();
 * aggregatorFromBytes(schema, bytes).toBytes(); // => bytes
 * aggregatorFromBytes(schema, bytes.slice(1)); // throws EMRX_MALFORMED_STATE
 * ```
 */
export function aggregatorFromBytes<Json extends SchemaJson>(
  schema: Schema<Json>,
  bytes: Uint8Array,
): Aggregator<EstimatesOf<Json>> {
  return aggregatorOver(schema, readState(schema, bytes));
}

function aggregatorOver<Json extends SchemaJson>(
  schema: Schema<Json>,
  state: AggregatorState,
): Aggregator<EstimatesOf<Json>> {
  const groupOf = (attribute: number, level: number): ReportGroup => {
    const key = groupKey(attribute, level);
    const known = state.groups.get(key);
    if (known !== undefined) return known;
    const mechanism = anyMechanismOf(schema, attribute, level);
    const group = { attribute, level, mechanism, tally: mechanism.aggregator() };
    state.groups.set(key, group);
    return group;
  };
  const groupsOf = (attribute: number): readonly ReportGroup[] =>
    [...state.groups.values()]
      .filter((group) => group.attribute === attribute)
      .sort((a, b) => a.level - b.level);

  return {
    schemaHash: schema.hash,
    get reports() {
      return state.reports;
    },
    add(report) {
      const items = parseReport(schema, report);
      for (const { attribute, level, offset } of items) {
        const { mechanism, tally } = groupOf(attribute, level);
        tally.add(mechanism.decode(report, offset));
      }
      state.reports++;
    },
    addBatch(batch) {
      for (const { attribute, level, column } of decodeBatch(schema, batch))
        groupOf(attribute, level).tally.addBatch(column);
      state.reports += batch.count;
    },
    merge(other) {
      // Through bytes, so that any implementation of the interface merges; they name the other's schema.
      const { reports, groups } = readState(schema, otherBytes(schema, other));
      const sum = addedReports(state.reports, reports); // no group has more reports than all
      for (const { attribute, level, tally } of groups.values())
        groupOf(attribute, level).tally.merge(tally);
      state.reports = sum;
    },
    toBytes: () => writeState(schema, state),
    disclosed: (name) =>
      new Map(
        groupsOf(attributeNamed(schema, name).index).map(({ level, tally }) => [level, tally.n]),
      ),
    estimate: (name, options = {}) => {
      const attribute = attributeNamed(schema, name);
      return estimateAttribute(
        schema,
        attribute,
        groupsOf(attribute.index),
        options,
      ) as EstimatesOf<Json>[typeof name];
    },
  };
}

function otherBytes(schema: Schema, other: unknown): Uint8Array<ArrayBuffer> {
  const given = other as { readonly schemaHash?: unknown; toBytes?(): unknown } | null | undefined;
  return otherState(schema.hash, {
    identity: given?.schemaHash,
    toBytes: given?.toBytes === undefined ? undefined : () => given.toBytes?.(),
  });
}

function attributeNamed(schema: Schema, name: string): RandomizedAttribute {
  const attribute = schema.attributes.find((candidate) => candidate.name === name);
  if (attribute === undefined || attribute.type === "public")
    throw new LdpError(
      "EMRX_BAD_PARAMETER",
      `attribute is ${JSON.stringify(name)}; expected a randomized attribute of schema ${schema.id}`,
    );
  return attribute;
}
