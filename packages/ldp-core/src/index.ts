// The names of a first study; everything else is in the subpaths.
export type { Aggregator } from "./aggregation/aggregator.js";
export { createAggregator } from "./aggregation/aggregator.js";
export type { AttributeEstimate } from "./aggregation/estimate.js";
export type { EstimateOptions } from "./aggregation/estimate-options.js";
export type { AuditableMechanism, ExactAudit } from "./audit/exact.js";
export { exactAudit } from "./audit/exact.js";
export type { LdpErrorCode } from "./errors/ldp-error.js";
export { LdpError } from "./errors/ldp-error.js";
export type {
  FrequencyAggregator,
  FrequencyEstimate,
  FrequencyOracle,
} from "./mechanisms/common/oracle.js";
export type { Grr, GrrOptions } from "./mechanisms/grr/grr.js";
export { grr } from "./mechanisms/grr/grr.js";
export { platformRandom } from "./random/platform.js";
export { seededRandom } from "./random/seeded.js";
export type { RandomSource } from "./random/source.js";
export type { RandomizedBatch } from "./records/batch.js";
export { randomizeBatch } from "./records/batch.js";
export type { BatchOptions } from "./records/batch-options.js";
export type { ReportBatch } from "./records/batch-report.js";
export type { Table } from "./records/column.js";
export type { Randomizer } from "./records/randomizer.js";
export { createRandomizer } from "./records/randomizer.js";
export type { RandomizerOptions } from "./records/randomizer-options.js";
export type { TableSource } from "./records/table.js";
export { encodeTable } from "./records/table.js";
export { defineSchema } from "./schema/define.js";
export type { SchemaJson } from "./schema/json.js";
export type { Policy, Preferences } from "./schema/policy.js";
export { policyFor } from "./schema/policy.js";
export type { RecordOf } from "./schema/record-type.js";
export type { Schema } from "./schema/schema.js";
export { memoryStore } from "./stores/memory.js";
export type { Store } from "./stores/store.js";
