// Shapes of lists.
import { type Out, part, refuse, refuseThat, type Shape, type Visit } from "./check.js";

/** An array of `least` to `most` items of one shape, without holes; the result is a new array. */
export function arrayOf<T>(
  item: Shape<T>,
  { least = 0, most = 1 << 24 }: { readonly least?: number; readonly most?: number } = {},
): Shape<readonly T[]> {
  return (value, visit) => {
    const expected = `an array of ${most === 1 << 24 ? `${least} or more` : `${least} to ${most}`} items`;
    const length = requireArray(value, visit, expected);
    if (length < least || length > most) return refuse(visit, value, expected);
    const result: T[] = [];
    for (let i = 0; i < length; i++)
      result.push(itemOf(item, value as readonly unknown[], i, visit));
    return result;
  };
}

/** An array of exactly these shapes. */
export function tuple<const S extends readonly Shape<unknown>[]>(
  ...items: S
): Shape<{ readonly [K in keyof S]: Out<S[K]> }> {
  return (value, visit) => {
    const expected = `an array of ${items.length} items`;
    if (requireArray(value, visit, expected) !== items.length)
      return refuse(visit, value, expected);
    return items.map((item, i) => itemOf(item, value as readonly unknown[], i, visit)) as {
      [K in keyof S]: Out<S[K]>;
    };
  };
}

/** Anything that `for of` runs through, except a text. The items are the caller's to check. */
export function iterable(): Shape<Iterable<unknown>> {
  return (value, visit) =>
    hasMethod(value, Symbol.iterator) && typeof value !== "string"
      ? (value as Iterable<unknown>)
      : refuse(visit, value, "an iterable, such as an array", listHelp(value));
}

/** Anything that `for await` runs through, except a text. The items are the caller's to check. */
export function asyncIterable(): Shape<AsyncIterable<unknown> | Iterable<unknown>> {
  return (value, visit) =>
    (hasMethod(value, Symbol.asyncIterator) || hasMethod(value, Symbol.iterator)) &&
    typeof value !== "string"
      ? (value as AsyncIterable<unknown>)
      : refuse(visit, value, "an iterable or an async iterable", listHelp(value));
}

function itemOf<T>(item: Shape<T>, array: readonly unknown[], i: number, visit: Visit): T {
  if (!(i in array))
    refuseThat(
      visit,
      `has a hole at index ${i}`,
      "an array without holes",
      "Fill it, for example by Array.from(...).",
    );
  return part(item, array[i], i, visit);
}

function requireArray(value: unknown, visit: Visit, expected: string): number {
  return Array.isArray(value) ? value.length : refuse(visit, value, expected, listHelp(value));
}

function listHelp(value: unknown): string | undefined {
  if (typeof value === "string") return "Put it into an array: [...].";
  if (typeof value !== "object" || value === null) return undefined;
  if (hasMethod(value, "then")) return "Await it.";
  if (hasMethod(value, Symbol.iterator)) return "Make an array of it: Array.from(...).";
  return hasMethod(value, Symbol.asyncIterator)
    ? "Collect its items in an array: for await (const item of ...)."
    : undefined;
}

function hasMethod(value: unknown, name: string | symbol): boolean {
  return (
    (typeof value === "object" || typeof value === "function") &&
    value !== null &&
    typeof (value as Record<string | symbol, unknown>)[name] === "function"
  );
}
