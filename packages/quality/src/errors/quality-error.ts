// The one error class of the package, and the closed list of its codes.
import { EmrxError } from "@emrx/internal/errors";

/** Stable error codes of `@emrx/quality`. Codes do not change between major versions; messages may. */
export type QualityErrorCode =
  /** An argument has the wrong type, an unknown member, or lies outside its range. */
  | "EMRX_QUALITY_ARGUMENT"
  /** p and q are not the support probabilities of a mechanism: 0 <= q < p <= 1 does not hold. */
  | "EMRX_QUALITY_CHANNEL"
  /** Weights are negative, not finite, or sum to zero. */
  | "EMRX_QUALITY_WEIGHTS"
  /** Arrays that must have the same length, or tables the same shape, have not. */
  | "EMRX_QUALITY_MISMATCH"
  /** No amount of records, or of epsilon, reaches the target. */
  | "EMRX_QUALITY_UNREACHABLE"
  /** The method is not valid for what was given, for example Sidak's for dependent estimates. */
  | "EMRX_QUALITY_NOT_APPLICABLE"
  /** A system of equations has no unique solution. */
  | "EMRX_QUALITY_SINGULAR"
  /** The work would exceed what one call may take. */
  | "EMRX_QUALITY_TOO_LARGE";

/**
 * Thrown on every bad input, and nothing else is. `code` is stable; the message names the argument, what was given and
 * what was expected; `docs` is the address of the code's explanation.
 *
 * @example
 * ```ts
 * import { attainment } from "@emrx/quality";
 *
 * attainment({ variance: -1, tolerance: 0.02 }); // throws EMRX_QUALITY_ARGUMENT
 * ```
 */
export class QualityError extends EmrxError<QualityErrorCode> {
  override readonly name = "QualityError";
}
