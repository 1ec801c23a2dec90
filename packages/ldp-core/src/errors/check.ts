// Checks options and arguments by their shapes; what is refused becomes this package's error.
import { type Check, checker } from "@emrx/internal/shape";
import { LdpError, type LdpErrorCode } from "./ldp-error.js";

/** Checks a value against a shape; a refusal carries `EMRX_BAD_PARAMETER` unless the shape or the call says otherwise. */
export const check: Check<LdpErrorCode> = /* @__PURE__ */ checker(
  (code: LdpErrorCode, message, context) => new LdpError(code, message, context),
  "EMRX_BAD_PARAMETER",
);
