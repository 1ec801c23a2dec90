export { applyCall } from "./apply.js";
export { seedCommitment } from "./matching.js";
export type { PersistentMap } from "./persistent-map.js";
export { type AccessRequest, obligationsOf, permits } from "./policy.js";
export { type Purpose, purposeCovers, purposes } from "./purposes.js";
export type { CallResult } from "./result.js";
export { stateDigest } from "./snapshot.js";
export type * from "./state.js";
export { initialState } from "./state.js";
