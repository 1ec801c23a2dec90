export { default as fc } from "fast-check";
export { sharedJson, sharedPath, testWithShared } from "#shared";
export {
  isLinearizable,
  type LogInput,
  type LogOutput,
  logModel,
  type Model,
  type Operation,
} from "./linearizability.js";
export * as matchingOracle from "./matching-oracle.js";
export { property } from "./property.js";
export type { Q } from "./rational.js";
export * as rational from "./rational.js";
export type { Distribution } from "./words.js";
export { enumerateDraws } from "./words.js";
