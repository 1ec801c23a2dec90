// Sources of random bytes.
export { platformRandom } from "./random/platform.js";
export { seededRandom } from "./random/seeded.js";
export type { RandomSource } from "./random/source.js";
