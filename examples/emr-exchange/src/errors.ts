// The demo's one error class, with codes that stay the same while messages may improve.

/** What can be wrong with what the demo was given; stable across versions. */
export type DemoErrorCode =
  | "EMRX_DEMO_ARGUMENT" // a command-line option is unknown, malformed or lacks its partner
  | "EMRX_DEMO_OUT" // the folder for the results cannot be made or written to
  | "EMRX_DEMO_SCHEMA_FILE" // the schema file cannot be read or is not JSON
  | "EMRX_DEMO_CSV_FILE" // the file cannot be opened or read
  | "EMRX_DEMO_CSV_EMPTY" // no header line, or no record after it
  | "EMRX_DEMO_CSV_TRUNCATED" // the compressed stream ends before its end
  | "EMRX_DEMO_CSV_COMPRESSION" // the compressed stream is damaged
  | "EMRX_DEMO_CSV_HEADER" // two columns have the same name
  | "EMRX_DEMO_CSV_COLUMN" // a column that the schema names is not there
  | "EMRX_DEMO_CSV_ROW" // a row has too few or too many fields
  | "EMRX_DEMO_CSV_VALUE" // a value lies outside its attribute's domain
  | "EMRX_DEMO_CSV_QUOTE" // quotes are opened, closed or doubled wrongly
  | "EMRX_DEMO_CSV_SUBJECT" // a subject is empty or occurs twice without a rule on which record to keep
  | "EMRX_DEMO_CSV_ORDER" // the value that decides which record to keep is no integer, or a tie
  | "EMRX_DEMO_INTERRUPTED"; // the person at the keyboard stopped the run

/**
 * An error of the demo: `code` says what kind, the message names the place (file, line, column),
 * what stands there, what was expected and what to do.
 *
 * @example
 * ```ts
 * import { DemoError } from "./errors.js";
 *
 * new DemoError("EMRX_DEMO_ARGUMENT", "--records: expected a positive integer, got '0'").code; // => "EMRX_DEMO_ARGUMENT"
 * ```
 */
export class DemoError extends Error {
  override readonly name = "DemoError";
  readonly code: DemoErrorCode;

  constructor(code: DemoErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}
