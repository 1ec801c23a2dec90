// The shapes of what every account needs: a subject's name and a budget.
import { coded, decimal, type Shape, secret, text } from "@emrx/internal/shape";
import type { LdpErrorCode } from "../errors/ldp-error.js";

/** Longer names are a mistake, and no database's keys are longer. */
const longestSubject = 512;

/** A subject's name; two spellings of one name would be two budgets, so it must be in normal form. Messages do not show it. */
export const subjectShape: Shape<string> = /* @__PURE__ */ secret(
  /* @__PURE__ */ text({ least: 1, most: longestSubject, normal: true }),
);

/** A budget as a canonical decimal. */
export const budgetShape: Shape<string> = /* @__PURE__ */ coded<LdpErrorCode, string>(
  "EMRX_BAD_EPSILON",
  /* @__PURE__ */ decimal({ above: "0", to: "9999", places: 12 }),
);
