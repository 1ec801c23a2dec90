// The conformance kit: tells whether a ledger keeps the promises of the port. Runs under any test runner, or none.
export type { Accident, ConformanceHarness, Damage, DiskFault } from "./conformance/harness.js";
export {
  type CaseResult,
  type ConformanceCase,
  type ConformanceReport,
  conformanceCases,
  runConformance,
} from "./conformance/run.js";
export { conformanceMarkdown, conformanceTable } from "./conformance/table.js";
