// What planning takes for a mechanism: how its error falls as epsilon grows.
import { methods, type Shape } from "@emrx/internal/shape";
import type { ErrorCurve } from "@emrx/ldp-core/allocation";

/** A curve, returned as it is: how noise falls is the caller's to say. */
export const errorCurve: Shape<ErrorCurve> = /* @__PURE__ */ methods<ErrorCurve>(
  "an error curve, such as `grrCurve` of `@emrx/ldp-core/allocation` makes,",
  "variance",
  "slope",
);
