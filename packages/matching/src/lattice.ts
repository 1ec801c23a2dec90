export { join, meet } from "./lattice/join-meet.js";
export {
  type Rotation,
  type StableLattice,
  stableLattice,
  stableLatticeAsync,
} from "./lattice/lattice.js";
export { egalitarian, minimumRegret, sexEqual } from "./lattice/optimal.js";
