// The one error class of this package: a stable code for programs, a message for people, and who it is about.

/** The stable codes of {@link MatchingError}; they never change within a major version, messages may. */
export type MatchingErrorCode =
  | "EMRX_MATCHING_ARGUMENT"
  | "EMRX_MATCHING_UNKNOWN_ID"
  | "EMRX_MATCHING_DUPLICATE"
  | "EMRX_MATCHING_SELF_REFERENCE"
  | "EMRX_MATCHING_QUOTA"
  | "EMRX_MATCHING_AMOUNT"
  | "EMRX_MATCHING_SCORE"
  | "EMRX_MATCHING_TIES"
  | "EMRX_MATCHING_NOT_STABLE"
  | "EMRX_MATCHING_NOT_OPTIMAL"
  | "EMRX_MATCHING_NOT_SUBSTITUTABLE"
  | "EMRX_MATCHING_LIMIT";

/**
 * What every function of this package throws on bad input, and nothing else.
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
export class MatchingError extends Error {
  /** What went wrong, for programs. */
  readonly code: MatchingErrorCode;
  /** The id of the agent whose input is wrong, where there is one. */
  readonly agent: string | undefined;
  /** The entry of that agent's list (the other agent's id) that is wrong, where there is one. */
  readonly entry: string | undefined;

  /**
   * @param code The stable code.
   * @param message What was given, what was expected, what to do.
   * @param about The agent and the entry the error is about, and its cause.
   */
  constructor(
    code: MatchingErrorCode,
    message: string,
    about: { agent?: string; entry?: string; cause?: unknown } = {},
  ) {
    super(message, "cause" in about ? { cause: about.cause } : undefined);
    this.name = "MatchingError";
    this.code = code;
    this.agent = about.agent;
    this.entry = about.entry;
  }
}
