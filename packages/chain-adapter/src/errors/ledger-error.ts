// The one error class of the package and its closed list of codes. Codes stay, messages may improve.
import { EmrxError } from "@emrx/internal/errors";

/** Why a contract refused a call. A refused call changes nothing but stays in the log as evidence. */
export type RejectionCode =
  // any contract
  | "EMRX_CALL_EXPIRED"
  | "EMRX_VERSION_CONFLICT"
  // keys of parties
  | "EMRX_KEY_RETIRED"
  | "EMRX_KEY_TAKEN"
  | "EMRX_KEYS_REGISTERED"
  | "EMRX_KEYS_UNKNOWN"
  | "EMRX_INVALID_KEY_CHANGE"
  // publications and rounds
  | "EMRX_PUBLICATION_KNOWN"
  | "EMRX_NO_PUBLICATION"
  | "EMRX_ROUND_EXISTS"
  | "EMRX_NO_ROUND"
  | "EMRX_WRONG_WINDOW"
  | "EMRX_ROUND_VOID"
  | "EMRX_SEEDER"
  | "EMRX_NOT_SEEDER"
  | "EMRX_SEED_SHOWN"
  | "EMRX_SEED_MISMATCH"
  // admission
  | "EMRX_ISSUER_KEY"
  | "EMRX_NO_ADMISSION"
  | "EMRX_ADMISSION_REQUIRED"
  | "EMRX_TOKEN_REFUSED"
  // offers and requests
  | "EMRX_CHOICE"
  | "EMRX_UNKNOWN_ATTRIBUTE"
  | "EMRX_OVER_LIMIT"
  | "EMRX_ROUND_FULL"
  | "EMRX_NO_OFFER"
  | "EMRX_NO_REQUEST"
  // pairs
  | "EMRX_NOT_ALLOCATED"
  | "EMRX_NO_POLICY"
  | "EMRX_POLICY_VERSION"
  | "EMRX_POLICY_DENIES"
  | "EMRX_DUPLICATE_GRANT"
  | "EMRX_NO_GRANT"
  | "EMRX_GRANT_REVOKED"
  | "EMRX_ALREADY_READ"
  | "EMRX_NO_PERMIT"
  | "EMRX_ALREADY_RELEASED"
  | "EMRX_NOT_RELEASED"
  | "EMRX_ALREADY_CLAIMED"
  | "EMRX_CLAIM_UNPROVEN"
  | "EMRX_CLAIM_UNFOUNDED"
  | "EMRX_ALREADY_SETTLED"
  // evaluation
  | "EMRX_NOT_PAID"
  | "EMRX_DUPLICATE_RATING";

/** Why a contract refused a call, as data. */
export interface Rejection {
  readonly code: RejectionCode;
  readonly message: string;
  /** Facts to act on, such as the actual version after a conflict. */
  readonly details?: Readonly<Record<string, string | number>>;
}

/** Every code a `LedgerError` can carry. */
export type LedgerErrorCode =
  | RejectionCode
  // codec and signed calls
  | "EMRX_NOT_CANONICAL"
  | "EMRX_INVALID_CALL"
  | "EMRX_INVALID_PUBLICATION"
  | "EMRX_INVALID_QUERY"
  | "EMRX_ENTRY_TOO_LARGE"
  | "EMRX_BAD_SIGNATURE"
  | "EMRX_WRONG_LEDGER"
  | "EMRX_CALL_CONFLICT"
  | "EMRX_UNKNOWN_CALL"
  // ledgers
  | "EMRX_GENESIS"
  | "EMRX_CURSOR"
  | "EMRX_CLOSED"
  | "EMRX_WAIT_ABORTED"
  | "EMRX_NOT_SUPPORTED"
  | "EMRX_NOT_CONFORMING"
  | "EMRX_INVALID_OPTION"
  | "EMRX_LOG_RANGE"
  | "EMRX_LOG_FAULT"
  | "EMRX_LOCKED"
  | "EMRX_OWNERSHIP_LOST"
  | "EMRX_DAMAGED"
  | "EMRX_CHECKPOINT_SIGNATURE"
  | "EMRX_ROLLED_BACK"
  | "EMRX_STORAGE"
  // Merkle trees
  | "EMRX_MERKLE_HASH"
  | "EMRX_MERKLE_RANGE"
  // identities
  | "EMRX_INVALID_KEY"
  | "EMRX_INVALID_LABEL"
  | "EMRX_NO_CRYPTO"
  // payloads
  | "EMRX_INVALID_BATCH"
  | "EMRX_INVALID_BUNDLE"
  | "EMRX_BUNDLE_LOCKED"
  | "EMRX_BUNDLE_MISMATCH"
  | "EMRX_CONTENT_ID"
  | "EMRX_CONTENT_MISSING"
  | "EMRX_CONTENT_DAMAGED"
  // admission
  | "EMRX_INVALID_TOKEN"
  | "EMRX_TOKEN_ISSUED";

/**
 * The only error that this package throws on purpose.
 *
 * @example
 * ```ts
 * import { LedgerError } from "@emrx/chain-adapter";
 *
 * new LedgerError("EMRX_LOCKED", "another process writes to this ledger").code; // => "EMRX_LOCKED"
 * ```
 */
export class LedgerError extends EmrxError<LedgerErrorCode> {
  override readonly name = "LedgerError";
}
