// Merkle trees as in RFC 6962: trees, proofs and what a stranger needs to check them.
export { CompactRange, type CompactRangeOptions } from "./merkle/compact-range.js";
export { merkleLeafHash, merkleNodeHash, type NodeHash } from "./merkle/hash.js";
export { type RangeClaim, verifyRange } from "./merkle/range.js";
export { merkleRoot } from "./merkle/root.js";
export { MerkleTree } from "./merkle/tree.js";
export {
  type ConsistencyClaim,
  type InclusionClaim,
  verifyConsistency,
  verifyInclusion,
} from "./merkle/verify.js";
