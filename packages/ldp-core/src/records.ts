// From a record or a table to report bytes, and back to a parsed report.

export type { RandomizedBatch } from "./records/batch.js";
export { randomizeBatch } from "./records/batch.js";
export type { BatchOptions } from "./records/batch-options.js";
export type { ReportBatch } from "./records/batch-report.js";
export { reportAt } from "./records/batch-report.js";
export type { EncodedSets, Table, TableColumn } from "./records/column.js";
export type { LongitudinalRandomizer } from "./records/longitudinal.js";
export { createLongitudinalRandomizer } from "./records/longitudinal.js";
export type { Randomizer } from "./records/randomizer.js";
export { createRandomizer } from "./records/randomizer.js";
export type { RandomizerOptions } from "./records/randomizer-options.js";
export type { Disclosed } from "./records/report.js";
export { parseReport } from "./records/report.js";
export type { StatelessOptions, StatelessRandomizer } from "./records/stateless.js";
export { createStatelessRandomizer } from "./records/stateless.js";
export type { TableSource } from "./records/table.js";
export { encodeTable, selectRows, tableRows } from "./records/table.js";
