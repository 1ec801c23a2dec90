// Distances between estimates and truth, for evaluation studies.
export {
  hellinger,
  jensenShannon,
  kullbackLeibler,
  totalVariation,
  wasserstein,
} from "./distances/divergences.js";
export { maximumError, meanAbsoluteError, meanSquaredError } from "./distances/errors.js";
