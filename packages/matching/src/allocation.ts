export {
  type Allocation,
  type AllocationLike,
  type AllocationRows,
  allocationFromRows,
} from "./allocation/allocation.js";
export {
  type AllocationCertificate,
  type AllocationCertificateCheck,
  certifyAllocation,
  checkAllocationCertificate,
} from "./allocation/certificate.js";
export { dealRound, type MemberRange } from "./allocation/deal.js";
export { hashAllocation, hashAllocationMarket } from "./allocation/hash.js";
export {
  type AllocationAgent,
  type AllocationArrays,
  type AllocationMarket,
  type AllocationSide,
  allocationMarketFromArrays,
  allocationMarketFromArraysAsync,
  createAllocationMarket,
  createAllocationMarketAsync,
} from "./allocation/market.js";
export { stableAllocation, stableAllocationAsync } from "./allocation/solve.js";
export {
  type AllocationVerification,
  type AllocationViolation,
  verifyAllocation,
} from "./allocation/verify.js";
