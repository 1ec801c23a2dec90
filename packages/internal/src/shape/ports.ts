// Shapes of things with behaviour: stores, ledgers, signals, and whatever a test of its own recognizes.
import { attempt, refuse, type Shape } from "./check.js";

/** An object (or a function) that has these methods, such as a store. It is returned as it is. */
export function methods<T extends object>(
  described: string,
  ...names: readonly (keyof T & string)[]
): Shape<T> {
  return (value, visit) => {
    const holder =
      (typeof value === "object" && value !== null) || typeof value === "function"
        ? (value as Record<string, unknown>)
        : undefined;
    const lacking = names.filter((name) => typeof holder?.[name] !== "function");
    if (lacking.length === 0) return value as T;
    return refuse(
      visit,
      value,
      `${described} with the methods ${names.join(", ")}`,
      holder === undefined ? undefined : `It lacks ${lacking.join(", ")}.`,
    );
  };
}

/** An AbortSignal. */
export function signal(): Shape<AbortSignal> {
  return (value, visit) =>
    typeof value === "object" &&
    value !== null &&
    typeof (value as AbortSignal).aborted === "boolean" &&
    typeof (value as AbortSignal).addEventListener === "function"
      ? (value as AbortSignal)
      : refuse(
          visit,
          value,
          "an AbortSignal",
          typeof value === "object" && value !== null && "signal" in value
            ? "It is the controller: give its .signal."
            : undefined,
        );
}

/** What a test recognizes, for example an object that this package made. */
export function guard<T>(
  is: (value: unknown) => value is T,
  expected: string,
  help?: string,
): Shape<T> {
  return (value, visit) => (is(value) ? value : refuse(visit, value, expected, help));
}

/** The shape, and beside it a condition on what it returns. */
export function satisfying<T>(
  shape: Shape<T>,
  holds: (value: T) => boolean,
  expected: string,
): Shape<T> {
  return (value, visit) => {
    const result = shape(value, visit);
    return holds(result) ? result : refuse(visit, value, expected);
  };
}

/** The first of several shapes that takes the value. Objects are better told apart by `variant`. */
export function union<T>(expected: string, ...shapes: readonly Shape<T>[]): Shape<T> {
  return (value, visit) => {
    for (const shape of shapes) {
      const found = attempt(shape, value, visit);
      if (found !== undefined) return found.value;
    }
    return refuse(visit, value, expected);
  };
}
