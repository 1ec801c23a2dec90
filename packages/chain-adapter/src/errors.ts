// The one error class of the package and its codes.
export {
  LedgerError,
  type LedgerErrorCode,
  type Rejection,
  type RejectionCode,
} from "./errors/ledger-error.js";
