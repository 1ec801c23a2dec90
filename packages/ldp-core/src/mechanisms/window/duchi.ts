// Duchi's mechanism: a number becomes one of the two ends of its range.
import { boolean, object, optional } from "@emrx/internal/shape";
import { check } from "../../errors/check.js";
import { epsilonShape } from "../../exact/decimal.js";
import { bitsShape, rangeShape } from "../common/options.js";
import { type WindowMechanism, type WindowOptions, windowMechanism } from "./window.js";

/** Parameters of {@link duchi}. */
export type DuchiOptions = Omit<WindowOptions, "cells" | "window">;

/**
 * The mechanism of Duchi, Jordan and Wainwright (JASA 2018) for one number: the window mechanism with N = 2 cells and
 * windows of w = 1. The value is rounded at random to an end of its range, and the end goes through randomized
 * response (three-valued, if missing is allowed). The best window mechanism for epsilon up to 1.
 *
 * @param options - range and budget
 * @returns the mechanism; a report is 0 for the lower end, 1 for the upper, 2 for missing
 * @throws EMRX_BAD_RANGE, EMRX_BAD_EPSILON, EMRX_BAD_PARAMETER, EMRX_DEGENERATE_MECHANISM
 * @example
 * ```ts
 * import { duchi } from "@emrx/ldp-core/mechanisms";
 *
 * const stay = duchi({ range: [1, 14], epsilon: "1", missing: true });
 * stay.randomize(Number.NaN) <= 2; // => true
 * ```
 */
export function duchi(options: DuchiOptions): WindowMechanism {
  const given = check(
    object({
      range: rangeShape(),
      epsilon: epsilonShape,
      missing: optional(boolean()),
      bits: bitsShape(),
    }),
    options,
    "options",
  );
  return windowMechanism({ ...given, cells: 2, window: 1 });
}
