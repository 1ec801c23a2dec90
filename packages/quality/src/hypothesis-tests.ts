// Tests on reports, and their power.
export type { TableTestResult, TestResult, TwoWay } from "./hypothesis-tests/contingency.js";
export { homogeneityTest } from "./hypothesis-tests/homogeneity.js";
export { independenceTest, twoSampleTest } from "./hypothesis-tests/independence.js";
export type { PlannedChannel, Power, PowerOptions } from "./hypothesis-tests/power.js";
export { independencePower, trendPower } from "./hypothesis-tests/power.js";
export type { SupportChannel } from "./hypothesis-tests/support-covariance.js";
export type { GroupSupports, SupportTable } from "./hypothesis-tests/support-tests.js";
export {
  independenceTestFromSupports,
  trendTestFromSupports,
  twoSampleTestFromSupports,
} from "./hypothesis-tests/support-tests.js";
export type { ScoredTable } from "./hypothesis-tests/trend.js";
export { trendTest } from "./hypothesis-tests/trend.js";
