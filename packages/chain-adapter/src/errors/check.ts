// How this package checks arguments, options and whatever else comes from outside.
import { type Check, checker } from "@emrx/internal/shape";
import { LedgerError, type LedgerErrorCode } from "./ledger-error.js";

/** Throws a `LedgerError` that names the argument, what was given and what was expected. */
export const check: Check<LedgerErrorCode> = /* @__PURE__ */ checker<LedgerErrorCode>(
  (code, message, context) => new LedgerError(code, message, context),
  "EMRX_INVALID_OPTION",
);
