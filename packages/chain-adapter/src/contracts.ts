// The contracts as pure functions from state and call to state and events, and the types of their states.
export { applyCall } from "./contracts/apply.js";
export type { PersistentMap } from "./contracts/persistent-map.js";
export { type AccessRequest, obligationsOf, permits } from "./contracts/policy.js";
export { type Purpose, purposeCovers, purposes } from "./contracts/purposes.js";
export type { CallResult } from "./contracts/result.js";
export { stateDigest } from "./contracts/snapshot.js";
export type * from "./contracts/state.js";
export { initialState } from "./contracts/state.js";
export { answer } from "./contracts/view.js";
