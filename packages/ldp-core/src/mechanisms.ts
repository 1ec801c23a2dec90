// The mechanisms: one value, one number or one set in, one report out, with estimator, exact channel and byte codec.
export type {
  CategoricalDomain,
  NumericDomain,
} from "./mechanisms/choice/choose.js";
export { mechanismFor } from "./mechanisms/choice/choose.js";
export type { MechanismGoal } from "./mechanisms/choice/rule.js";
export type { LinearOracle } from "./mechanisms/common/linear.js";
export type {
  NumericAggregator,
  NumericEstimate,
  NumericMechanism,
} from "./mechanisms/common/numeric.js";
export type {
  Categories,
  FrequencyAggregator,
  FrequencyEstimate,
  FrequencyOracle,
  SupportProbabilities,
} from "./mechanisms/common/oracle.js";
export type { SymbolColumn } from "./mechanisms/common/symbol.js";
export type { CountNoise, CountNoiseOptions } from "./mechanisms/geometric/count-noise.js";
export { countNoise } from "./mechanisms/geometric/count-noise.js";
export type {
  TruncatedGeometric,
  TruncatedGeometricOptions,
} from "./mechanisms/geometric/truncated-geometric.js";
export { truncatedGeometric } from "./mechanisms/geometric/truncated-geometric.js";
export type { Grr, GrrOptions } from "./mechanisms/grr/grr.js";
export { grr } from "./mechanisms/grr/grr.js";
export type {
  BlockHadamardOptions,
  BlockHadamardResponse,
} from "./mechanisms/hadamard/block-hadamard.js";
export { blockHadamardResponse } from "./mechanisms/hadamard/block-hadamard.js";
export type { HadamardOptions, HadamardResponse } from "./mechanisms/hadamard/hadamard.js";
export { hadamardResponse } from "./mechanisms/hadamard/hadamard.js";
export type { LocalHashReport } from "./mechanisms/local-hashing/hash-report.js";
export type {
  LocalHashing,
  LocalHashingOptions,
} from "./mechanisms/local-hashing/local-hashing.js";
export { blh, olh } from "./mechanisms/local-hashing/local-hashing.js";
export type { MinIdOptions, MinIdUnary } from "./mechanisms/per-value/min-id.js";
export { minIdUnary } from "./mechanisms/per-value/min-id.js";
export type { ValueUnary } from "./mechanisms/per-value/value-unary.js";
export type {
  ProjectiveGeometryOptions,
  ProjectiveGeometryResponse,
} from "./mechanisms/projective-geometry/projective-geometry.js";
export { projectiveGeometryResponse } from "./mechanisms/projective-geometry/projective-geometry.js";
export type {
  SampledNumerics,
  SampledNumericsAggregator,
  SampledNumericsEstimate,
} from "./mechanisms/sampled-numerics/numeric-record.js";
export type { SampledNumericsOptions } from "./mechanisms/sampled-numerics/sampled-numerics.js";
export { sampledNumerics } from "./mechanisms/sampled-numerics/sampled-numerics.js";
export type { PrivSet, PrivSetOptions, SetColumn } from "./mechanisms/sets/privset.js";
export { privset } from "./mechanisms/sets/privset.js";
export type {
  SubsetSelection,
  SubsetSelectionOptions,
} from "./mechanisms/subset-selection/subset-selection.js";
export { subsetSelection } from "./mechanisms/subset-selection/subset-selection.js";
export type { Oue, OueOptions } from "./mechanisms/unary/oue.js";
export { oue } from "./mechanisms/unary/oue.js";
export type { Sue, SueOptions } from "./mechanisms/unary/sue.js";
export { sue } from "./mechanisms/unary/sue.js";
export type { UnaryOracle } from "./mechanisms/unary/unary.js";
export type { UnaryEncoding, UnaryEncodingOptions } from "./mechanisms/unary/unary-encoding.js";
export { unaryEncoding } from "./mechanisms/unary/unary-encoding.js";
export type {
  UtilityRappor,
  UtilityRapporOptions,
} from "./mechanisms/utility-optimized/utility-rappor.js";
export { utilityRappor } from "./mechanisms/utility-optimized/utility-rappor.js";
export type { UtilityRR, UtilityRROptions } from "./mechanisms/utility-optimized/utility-rr.js";
export { utilityRandomizedResponse } from "./mechanisms/utility-optimized/utility-rr.js";
export type { DuchiOptions } from "./mechanisms/window/duchi.js";
export { duchi } from "./mechanisms/window/duchi.js";
export type { WindowMixture, WindowMixtureOptions } from "./mechanisms/window/mixture.js";
export { windowMixture } from "./mechanisms/window/mixture.js";
export type { MixtureShape } from "./mechanisms/window/mixture-choice.js";
export { bestMixture } from "./mechanisms/window/mixture-choice.js";
export type { WindowMechanism, WindowOptions } from "./mechanisms/window/window.js";
export { windowMechanism } from "./mechanisms/window/window.js";
export { bestWindow } from "./mechanisms/window/window-choice.js";
export type { WindowHistogram } from "./mechanisms/window/window-histogram.js";
export { windowHistogram, windowQuantile } from "./mechanisms/window/window-histogram.js";
