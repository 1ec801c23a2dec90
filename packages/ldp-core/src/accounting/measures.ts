// What the measures of loss other than pure epsilon share.
import { number, type Shape } from "@emrx/internal/shape";

/** A positive, finite number. */
export const positiveShape = (): Shape<number> => number({ above: 0 });

/** A probability strictly between 0 and 1. */
export const deltaShape = (): Shape<number> => number({ above: 0, below: 1 });
