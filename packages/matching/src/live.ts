export { type Arrival, type LiveMatching, liveMatching, type Repair } from "./live/live.js";
