// Cases that every store must pass.
export type { StoreHarness } from "./store-conformance/harness.js";
export type { StoreCaseResult, StoreConformanceCase } from "./store-conformance/run.js";
export { runStoreConformance, storeConformanceCases } from "./store-conformance/run.js";
