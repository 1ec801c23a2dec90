// The one error class of this package: a stable code for programs, a message for people, and who it is about.
import { EmrxError } from "@emrx/internal/errors";

/** The stable codes of {@link MatchingError}; they never change within a major version, messages may. */
export type MatchingErrorCode =
  | "EMRX_MATCHING_ARGUMENT"
  | "EMRX_MATCHING_UNKNOWN_ID"
  | "EMRX_MATCHING_DUPLICATE"
  | "EMRX_MATCHING_QUOTA"
  | "EMRX_MATCHING_AMOUNT"
  | "EMRX_MATCHING_SCORE"
  | "EMRX_MATCHING_TIES"
  | "EMRX_MATCHING_NOT_STABLE"
  | "EMRX_MATCHING_NOT_OPTIMAL"
  | "EMRX_MATCHING_NOT_SUBSTITUTABLE"
  | "EMRX_MATCHING_LIMIT"
  | "EMRX_MATCHING_ABORTED";

/**
 * What every function of this package throws on bad input, and nothing else. `details.agent` is the id of the agent whose
 * input is wrong and `details.entry` the entry of its list (the other agent's id), where there are such.
 *
 * @example
 * ```ts
 * import { createMarket } from "@emrx/matching";
 *
 * createMarket({
 *   proposers: { ann: { quota: 1, prefs: ["ghost"] } },
 *   reviewers: { city: { quota: 1, prefs: ["ann"] } },
 * }); // throws EMRX_MATCHING_UNKNOWN_ID
 * ```
 */
export class MatchingError extends EmrxError<MatchingErrorCode> {
  override readonly name = "MatchingError";

  /**
   * @param code The stable code.
   * @param message What was given, what was expected, what to do.
   * @param about The agent whose input is wrong and the entry of its list, where there are such; they are in `details`.
   */
  constructor(
    code: MatchingErrorCode,
    message: string,
    about: { readonly agent?: string; readonly entry?: string; readonly cause?: unknown } = {},
  ) {
    const { cause, ...details } = about;
    super(code, message, { cause, details });
  }
}
