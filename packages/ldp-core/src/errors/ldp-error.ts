// The one error class of the package, and the closed list of its codes.
import { EmrxError } from "@emrx/internal/errors";

/**
 * Stable error codes of `@emrx/ldp-core`. Codes do not change between major versions; messages may.
 */
export type LdpErrorCode =
  /** A privacy budget (epsilon) is not a positive decimal within the allowed range. */
  | "EMRX_BAD_EPSILON"
  /** A rational number is malformed, or its denominator is zero. */
  | "EMRX_BAD_NUMBER"
  /** A domain has an unusable size. */
  | "EMRX_BAD_DOMAIN"
  /** A numeric range is empty, reversed or not finite. */
  | "EMRX_BAD_RANGE"
  /** A parameter of a mechanism (bits, window, subset size, ...) is out of its range. */
  | "EMRX_BAD_PARAMETER"
  /** A value does not belong to the domain of its mechanism. */
  | "EMRX_VALUE_OUTSIDE_DOMAIN"
  /** With so few random bits the mechanism would give no privacy or no information. */
  | "EMRX_DEGENERATE_MECHANISM"
  /** A seed or a random source is unusable. */
  | "EMRX_BAD_RANDOM_SOURCE"
  /** Report bytes (or a report object) are not what the mechanism can have produced. */
  | "EMRX_MALFORMED_REPORT"
  /** Serialized aggregator state is not canonical, or belongs to another mechanism. */
  | "EMRX_MALFORMED_STATE"
  /** Two things that must belong to the same mechanism or schema do not. */
  | "EMRX_MISMATCH"
  /** An estimate was asked for before any report arrived. */
  | "EMRX_NO_REPORTS"
  /** A channel has too many outputs, or a composition too many epsilons, to be enumerated. */
  | "EMRX_TOO_LARGE"
  /** The JSON form of a schema is wrong; the message names the place by its JSON path. */
  | "EMRX_BAD_SCHEMA"
  /** A level is named that the schema does not have. */
  | "EMRX_UNKNOWN_LEVEL"
  /** A preference names no attribute of the pool, is looser than the default, or withholds everything. */
  | "EMRX_BAD_PREFERENCE"
  /** A column that the schema names is not in the table, or columns differ in length. */
  | "EMRX_MISSING_COLUMN"
  /** The subject's lifetime budget does not allow what was asked; the message says what is left. */
  | "EMRX_BUDGET_EXHAUSTED"
  /** A subject comes in several rows of a batch, each of which would be charged. */
  | "EMRX_REPEATED_SUBJECT"
  /** The caller's signal stopped the work; nothing was handed out, and what was paid comes again without a debit. */
  | "EMRX_ABORTED"
  /** A store's bytes are damaged: it refuses rather than forget what was spent. */
  | "EMRX_STORE_DAMAGED"
  /** Another process, or another store of this process, holds the file. */
  | "EMRX_STORE_LOCKED"
  /** A store's entries are kept under another secret. */
  | "EMRX_STORE_SECRET"
  /** Other processes wrote to the same entries first, again and again; nothing was spent. */
  | "EMRX_STORE_BUSY"
  /** A store is older than the counter outside says: it was put back to an older copy. */
  | "EMRX_STORE_ROLLED_BACK"
  /** A store does not keep what the port asks of it; thrown by the cases of the store kit. */
  | "EMRX_STORE_NOT_CONFORMING"
  /** A store could not read or write, answered something else, or is closed. */
  | "EMRX_STORE_FAILED";

/**
 * Thrown on every bad input, and nothing else is. `code` is stable; the message names the argument, what was given,
 * what was expected and what to do.
 *
 * @example
 * ```ts
 * import { grr } from "@emrx/ldp-core";
 *
 * grr({ categories: 1, epsilon: "1" }); // throws EMRX_BAD_DOMAIN
 * ```
 */
export class LdpError extends EmrxError<LdpErrorCode> {
  override readonly name = "LdpError";
}
