export type { Channel } from "./audit/channel.js";
export type { LdpErrorCode } from "./errors.js";
export { LdpError } from "./errors.js";
export {
  compareBudgets,
  LARGEST_EPSILON,
  lnRoundedUp,
  parseBudget,
  parseEpsilon,
  subtractBudgets,
  sumBudgets,
} from "./exact/decimal.js";
export type { Rational } from "./exact/rational.js";
export { rational, toNumber } from "./exact/rational.js";
export { LARGEST_DOMAIN } from "./mechanisms/domain.js";
export type { Grr, GrrOptions } from "./mechanisms/grr.js";
export { grr } from "./mechanisms/grr.js";
export type {
  Categories,
  FrequencyAggregator,
  FrequencyEstimate,
  FrequencyOracle,
} from "./mechanisms/oracle.js";
export type { SymbolColumn } from "./mechanisms/symbol.js";
export { platformRandom } from "./random/platform.js";
export { seededRandom } from "./random/seeded.js";
export type { RandomSource } from "./random/source.js";
