// Merkle trees as in RFC 6962: trees, proofs and what a stranger needs to check them.
export { merkleLeafHash, merkleNodeHash } from "./merkle/hash.js";
export {
  emptyMerkleRange,
  extendMerkleRange,
  type MerkleRange,
  merkleRangeRoot,
} from "./merkle/range.js";
export { merkleRoot } from "./merkle/root.js";
export { MerkleTree, type NodeHash } from "./merkle/tree.js";
export {
  type ConsistencyClaim,
  type InclusionClaim,
  verifyConsistency,
  verifyInclusion,
} from "./merkle/verify.js";
