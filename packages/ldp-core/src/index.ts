export type { Aggregator } from "./aggregate/aggregator.js";
export { aggregatorFromBytes, createAggregator } from "./aggregate/aggregator.js";
export type { Estimate, EstimateGroup, EstimateOptions } from "./aggregate/estimate.js";
export type { FrequencyGroup, FrequencyResult } from "./aggregate/frequencies.js";
export type { MeanGroup, MeanResult, MissingShare } from "./aggregate/means.js";
export type { GroupSize, Weighting } from "./aggregate/weights.js";
export { groupWeights } from "./aggregate/weights.js";
export type { Channel } from "./audit/channel.js";
export type { AuditableMechanism, ExactAudit } from "./audit/exact.js";
export { exactAudit } from "./audit/exact.js";
export { closedFormComposition, composedDelta, optimalComposition } from "./beside/composition.js";
export {
  concentratedLoss,
  concentratedToApproximate,
  renyiLoss,
  renyiLossOfGrr,
} from "./beside/concentrated.js";
export type { PureChannel } from "./beside/shuffle.js";
export {
  shuffledClosedForm,
  shuffledDelta,
  shuffledDeltaOf,
  shuffledEpsilon,
  shuffledEpsilonOf,
} from "./beside/shuffle.js";
export type { Accountant, Spend, StatementLine } from "./budget/accountant.js";
export { createAccountant } from "./budget/accountant.js";
export type { ErrorCurve } from "./budget/error-curve.js";
export { duchiCurve, grrCurve, oueCurve, sueCurve } from "./budget/error-curve.js";
export type { BudgetClaim } from "./budget/split.js";
export { splitBudget } from "./budget/split.js";
export type { Store } from "./budget/store.js";
export { memoryStore } from "./budget/store.js";
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
export type {
  HierarchicalAggregator,
  HierarchicalHistogram,
  HierarchicalOptions,
  HierarchicalReport,
} from "./large/hierarchical.js";
export { hierarchicalHistogram } from "./large/hierarchical.js";
export type { HierarchicalEstimate } from "./large/hierarchical-estimate.js";
export type { PrefixExtension, PrefixExtensionOptions } from "./large/prefix-extension.js";
export { prefixExtension } from "./large/prefix-extension.js";
export type {
  FrequentCode,
  PrefixCollector,
  PrefixRound,
  PrefixSearch,
} from "./large/prefix-search.js";
export type { LevelChain } from "./levels/chain.js";
export type { LevelChainOptions } from "./levels/level-chain.js";
export { levelChain } from "./levels/level-chain.js";
export type { DBitFlip, DBitFlipOptions } from "./longitudinal/d-bit-flip.js";
export { dBitFlip } from "./longitudinal/d-bit-flip.js";
export type { LongitudinalGrr, LongitudinalGrrOptions } from "./longitudinal/grr.js";
export { longitudinalGrr } from "./longitudinal/grr.js";
export type { Loloha, LolohaOptions } from "./longitudinal/loloha.js";
export { loloha } from "./longitudinal/loloha.js";
export type {
  InstantaneousStage,
  LongitudinalMechanism,
  TwoStageEpsilons,
} from "./longitudinal/mechanism.js";
export type { Rappor, RapporOptions } from "./longitudinal/rappor.js";
export { rappor } from "./longitudinal/rappor.js";
export type { LongitudinalReporter, LongitudinalReporterOptions } from "./longitudinal/reporter.js";
export { createLongitudinalReporter } from "./longitudinal/reporter.js";
export type {
  LongitudinalUnary,
  LongitudinalUnaryOptions,
  UnaryStage,
} from "./longitudinal/unary.js";
export { longitudinalUnary } from "./longitudinal/unary.js";
export type {
  BlockHadamardOptions,
  BlockHadamardResponse,
} from "./mechanisms/block-hadamard.js";
export { blockHadamardResponse } from "./mechanisms/block-hadamard.js";
export type { CategoricalDomain, MechanismGoal, NumericDomain } from "./mechanisms/choose.js";
export { mechanismFor } from "./mechanisms/choose.js";
export { LARGEST_DOMAIN } from "./mechanisms/domain.js";
export type { DuchiOptions } from "./mechanisms/duchi.js";
export { duchi } from "./mechanisms/duchi.js";
export type { Grr, GrrOptions } from "./mechanisms/grr.js";
export { grr } from "./mechanisms/grr.js";
export type { HadamardOptions, HadamardResponse } from "./mechanisms/hadamard.js";
export { hadamardResponse } from "./mechanisms/hadamard.js";
export type { LocalHashReport } from "./mechanisms/hash-report.js";
export type { LinearOracle } from "./mechanisms/linear.js";
export type { LocalHashing, LocalHashingOptions } from "./mechanisms/local-hashing.js";
export { blh, olh } from "./mechanisms/local-hashing.js";
export type { MinIdOptions, MinIdUnary } from "./mechanisms/min-id.js";
export { minIdUnary } from "./mechanisms/min-id.js";
export type { WindowMixture, WindowMixtureOptions } from "./mechanisms/mixture.js";
export { windowMixture } from "./mechanisms/mixture.js";
export type { MixtureShape } from "./mechanisms/mixture-choice.js";
export { bestMixture } from "./mechanisms/mixture-choice.js";
export type { NumericAggregator, NumericEstimate, NumericMechanism } from "./mechanisms/numeric.js";
export type {
  SampledNumerics,
  SampledNumericsAggregator,
  SampledNumericsEstimate,
} from "./mechanisms/numeric-record.js";
export type {
  Categories,
  FrequencyAggregator,
  FrequencyEstimate,
  FrequencyOracle,
} from "./mechanisms/oracle.js";
export type { Oue, OueOptions } from "./mechanisms/oue.js";
export { oue } from "./mechanisms/oue.js";
export type { PrivSet, PrivSetOptions, SetColumn } from "./mechanisms/privset.js";
export { privset } from "./mechanisms/privset.js";
export type {
  ProjectiveGeometryOptions,
  ProjectiveGeometryResponse,
} from "./mechanisms/projective-geometry.js";
export { projectiveGeometryResponse } from "./mechanisms/projective-geometry.js";
export type { SampledNumericsOptions } from "./mechanisms/sampled-numerics.js";
export { sampledNumerics } from "./mechanisms/sampled-numerics.js";
export type { SubsetSelection, SubsetSelectionOptions } from "./mechanisms/subset-selection.js";
export { subsetSelection } from "./mechanisms/subset-selection.js";
export type { Sue, SueOptions } from "./mechanisms/sue.js";
export { sue } from "./mechanisms/sue.js";
export type { SymbolColumn } from "./mechanisms/symbol.js";
export type {
  TruncatedGeometric,
  TruncatedGeometricOptions,
} from "./mechanisms/truncated-geometric.js";
export { truncatedGeometric } from "./mechanisms/truncated-geometric.js";
export type { UnaryOracle } from "./mechanisms/unary.js";
export type { UnaryEncoding, UnaryEncodingOptions } from "./mechanisms/unary-encoding.js";
export { unaryEncoding } from "./mechanisms/unary-encoding.js";
export type { UtilityRappor, UtilityRapporOptions } from "./mechanisms/utility-rappor.js";
export { utilityRappor } from "./mechanisms/utility-rappor.js";
export type { UtilityRR, UtilityRROptions } from "./mechanisms/utility-rr.js";
export { utilityRandomizedResponse } from "./mechanisms/utility-rr.js";
export type { ValueUnary } from "./mechanisms/value-unary.js";
export type { WindowMechanism, WindowOptions } from "./mechanisms/window.js";
export { windowMechanism } from "./mechanisms/window.js";
export { bestWindow } from "./mechanisms/window-choice.js";
export type { WindowHistogram } from "./mechanisms/window-histogram.js";
export { windowHistogram, windowQuantile } from "./mechanisms/window-histogram.js";
export { platformRandom } from "./random/platform.js";
export { seededRandom } from "./random/seeded.js";
export type { RandomSource } from "./random/source.js";
export type { BatchOptions } from "./record/batch.js";
export { randomizeBatch } from "./record/batch.js";
export type { ReportBatch } from "./record/batch-report.js";
export { reportAt } from "./record/batch-report.js";
export type { EncodedSets, TableColumn } from "./record/column.js";
export type { LongitudinalRandomizer } from "./record/longitudinal.js";
export { createLongitudinalRandomizer } from "./record/longitudinal.js";
export type { Randomizer, RandomizerOptions } from "./record/randomizer.js";
export { createRandomizer } from "./record/randomizer.js";
export type { Disclosed } from "./record/report.js";
export { parseReport } from "./record/report.js";
export type { StatelessOptions, StatelessRandomizer } from "./record/stateless.js";
export { createStatelessRandomizer } from "./record/stateless.js";
export type { Table, TextColumn } from "./record/table.js";
export { encodeTable, tableRows } from "./record/table.js";
export { defineSchema, parseSchema } from "./schema/define.js";
export type { AttributeChange, SchemaChange } from "./schema/evolution.js";
export { compareSchemas } from "./schema/evolution.js";
export type {
  AttributeJson,
  DiscloseJson,
  ListedAttributeJson,
  ListedMechanism,
  NumberMechanism,
  NumericAttributeJson,
  PublicAttributeJson,
  SchemaJson,
  SetAttributeJson,
  SubjectJson,
} from "./schema/json.js";
export { schemaJsonSchema } from "./schema/json-schema.js";
export type { Mechanism } from "./schema/mechanism.js";
export { epsilonOf, mechanismOf } from "./schema/mechanism.js";
export type { Policy, Preferences } from "./schema/policy.js";
export { policyAt, policyFor } from "./schema/policy.js";
export type { RecordOf, ValueOf } from "./schema/record-type.js";
export type {
  AttributeSpec,
  Disclosure,
  Level,
  ListedAttribute,
  NumericAttribute,
  PublicAttribute,
  Schema,
  SetAttribute,
} from "./schema/schema.js";
