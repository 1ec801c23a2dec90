// Means, variances, covariances and regression of numeric attributes.
export type { EstimateWithVariance } from "./moments/covariance.js";
export { correlation, covariance } from "./moments/covariance.js";
export { meanVariance } from "./moments/mean-variance.js";
export type { Regression } from "./moments/regression.js";
export { linearRegression } from "./moments/regression.js";
export type { MomentEstimate, WindowMoments } from "./moments/window-moments.js";
export { windowMoments } from "./moments/window-moments.js";
