// The one form of an error: a stable code for programs, a message for people, and the page that explains the code.

/** The page of the documentation that has a heading for every code. */
const errorPage = "https://example.invalid/emrx/documents/Error_codes.html";

/** Facts for programs, such as the actual version after a conflict or the name of an agent. */
export type ErrorDetails = Readonly<Record<string, string | number>>;

/** What may accompany an error. */
export interface ErrorContext {
  /** The error underneath. */
  readonly cause?: unknown;
  /** Facts for programs. */
  readonly details?: ErrorDetails;
}

/** What each package's error class extends with its own closed union of codes. */
export class EmrxError<Code extends string> extends Error {
  /** What went wrong, as a stable code: switch on this, never on the message. */
  readonly code: Code;
  /** Facts for programs; empty where there are none. */
  readonly details: ErrorDetails;
  /** Address of the code's heading in the documentation. */
  readonly docs: string;

  /**
   * @param code - the stable code
   * @param message - which argument, what was given, what was expected, what to do; without the code
   * @param context - `cause`: the error underneath; `details`: facts for programs
   */
  constructor(code: Code, message: string, context: ErrorContext = {}) {
    super(message, context.cause === undefined ? undefined : { cause: context.cause });
    this.code = code;
    this.details = context.details ?? {};
    this.docs = `${errorPage}#${code.toLowerCase()}`;
  }
}

/**
 * The code of an error of any emrx package, undefined of everything else. Packages bundle their own copy of the base class,
 * so an error of another package is recognized by its code and not by `instanceof`.
 */
export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" && error.code.startsWith("EMRX_") ? error.code : undefined;
}
