// The same value collected again and again: mechanisms of two stages.
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
