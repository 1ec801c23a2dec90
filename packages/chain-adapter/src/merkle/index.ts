export { merkleLeafHash, merkleNodeHash } from "./hash.js";
export {
  emptyMerkleRange,
  extendMerkleRange,
  type MerkleRange,
  merkleRangeRoot,
} from "./range.js";
export { merkleRoot } from "./root.js";
export { MerkleTree, type NodeHash } from "./tree.js";
export {
  type ConsistencyClaim,
  type InclusionClaim,
  verifyConsistency,
  verifyInclusion,
} from "./verify.js";
