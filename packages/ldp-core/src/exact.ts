// Exact fractions.
export type { Rational } from "./exact/rational.js";
export { rational, toNumber } from "./exact/rational.js";
