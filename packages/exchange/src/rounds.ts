// A round: opening it, and reading it.
export { evenWindows, openRound } from "./round/open.js";
export type { Round } from "./round/read.js";
export { bundleFacts, claimFacts, readRound } from "./round/read.js";
export type { StepReport } from "./round/step.js";
