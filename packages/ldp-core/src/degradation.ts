// One randomization, several levels: reports of lower epsilons derived from one of a higher epsilon.
export type { DegradationChain } from "./degradation/chain.js";
export type { DegradationChainOptions } from "./degradation/degradation-chain.js";
export { degradationChain } from "./degradation/degradation-chain.js";
