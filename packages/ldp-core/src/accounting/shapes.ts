// The shape of a subject's name.
import { type Shape, secret, text } from "@emrx/internal/shape";

/** Longer names are a mistake, and no database's keys are longer. */
const longestSubject = 512;

/** A subject's name; two spellings of one name would be two budgets, so it must be in normal form. Messages do not show it. */
export const subjectShape: Shape<string> = /* @__PURE__ */ secret(
  /* @__PURE__ */ text({ least: 1, most: longestSubject, normal: true }),
);
