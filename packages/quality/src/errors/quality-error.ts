// The one error class of the package, and the closed list of its codes.

/** Stable error codes of `@emrx/quality`. Codes do not change between major versions; messages may. */
export type QualityErrorCode =
  /** A number is not finite, or lies outside the range that its argument allows. */
  | "EMRX_OUT_OF_RANGE"
  /** p and q are not the support probabilities of a mechanism: 0 <= q < p <= 1 does not hold. */
  | "EMRX_BAD_CHANNEL"
  /** Weights are negative, not finite, or sum to zero. */
  | "EMRX_BAD_WEIGHTS"
  /** Arrays that must have the same length, or tables the same shape, have not. */
  | "EMRX_MISMATCH"
  /** No amount of records, or of epsilon, reaches the target. */
  | "EMRX_UNREACHABLE_TARGET"
  /** The method is not valid for what was given, for example Sidak's for dependent estimates. */
  | "EMRX_NOT_APPLICABLE"
  /** A system of equations has no unique solution. */
  | "EMRX_SINGULAR";

/**
 * Thrown on every bad input, and nothing else is. `code` is stable; the message names the argument, what was given and
 * what was expected.
 *
 * @example
 * ```ts
 * import { attainment } from "@emrx/quality";
 *
 * attainment({ variance: -1, tolerance: 0.02 }); // throws EMRX_OUT_OF_RANGE
 * ```
 */
export class QualityError extends Error {
  override readonly name = "QualityError";
  /** What went wrong, as a stable code. */
  readonly code: QualityErrorCode;

  /**
   * @param code - the stable code
   * @param message - what was given, what was expected, what to do
   * @param options - `cause`, where another error led to this one
   */
  constructor(code: QualityErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(`${code}: ${message}`, options);
    this.code = code;
  }
}
