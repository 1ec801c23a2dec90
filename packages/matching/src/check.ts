// The check of arguments and options against their shapes, and the shapes that many functions share.
import {
  anything,
  type Check,
  checker,
  fn,
  integer,
  type OptionalShape,
  object,
  oneOf,
  optional,
  type Shape,
} from "@emrx/internal/shape";
import { MatchingError, type MatchingErrorCode } from "./errors.js";
import { type AsyncOptions, progressMember, signalMember } from "./steps.js";

/** Checks a value against a shape; what it refuses is a MatchingError that names the argument. */
export const check: Check<MatchingErrorCode> = /* @__PURE__ */ checker<MatchingErrorCode>(
  (code, message, context) => new MatchingError(code, message, context),
  "EMRX_MATCHING_ARGUMENT",
);

/** The name of a side. */
export const sideName: Shape<"proposers" | "reviewers"> = /* @__PURE__ */ oneOf([
  "proposers",
  "reviewers",
]);

/** How many results to list at most. */
export const listLimit: Shape<number> = /* @__PURE__ */ integer(0);

/** Options that only say which side proposes. */
export const proposingOption: Shape<{ readonly proposing?: "proposers" | "reviewers" }> =
  /* @__PURE__ */ object({ proposing: /* @__PURE__ */ optional(sideName) });

/** The same, of work that is done in turns. */
export const proposingAsyncOptions: Shape<
  AsyncOptions & { readonly proposing?: "proposers" | "reviewers" }
> = /* @__PURE__ */ object({
  proposing: /* @__PURE__ */ optional(sideName),
  onProgress: progressMember,
  signal: signalMember,
});

/** Any function. */
export const anyFunction: Shape<(...parameters: never[]) => unknown> = /* @__PURE__ */ fn();

/** A member that is checked elsewhere, or missing. */
export const anyMember: OptionalShape<unknown> = /* @__PURE__ */ optional(anything);
/** A function, or missing. */
export const functionMember: OptionalShape<(...parameters: never[]) => unknown> =
  /* @__PURE__ */ optional(anyFunction);
