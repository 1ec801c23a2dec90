// Checks of untrusted values: a shape takes any value and returns it typed, or throws naming the place.
import { LedgerError } from "../errors.js";

/** A check that returns the value typed. `path` names the place in messages. */
export type Shape<T> = (value: unknown, path: string) => T;

/** Throws `EMRX_INVALID_CALL` with the place and what was expected. */
export function invalid(path: string, value: unknown, expected: string): never {
  const shown = typeof value === "string" ? JSON.stringify(value.slice(0, 80)) : String(value);
  throw new LedgerError("EMRX_INVALID_CALL", `${path} must be ${expected}; got ${shown}.`);
}

/** A whole number from `least` to `most`. */
export function integer(least: number, most: number = Number.MAX_SAFE_INTEGER): Shape<number> {
  return (value, path) =>
    typeof value === "number" && Number.isSafeInteger(value) && value >= least && value <= most
      ? value
      : invalid(path, value, `a whole number from ${least} to ${most}`);
}

/** Text that a pattern matches. */
export function pattern(expression: RegExp, description: string): Shape<string> {
  return (value, path) =>
    typeof value === "string" && expression.test(value) ? value : invalid(path, value, description);
}

/** One of a few words. */
export function oneOf<const T extends string>(...words: readonly T[]): Shape<T> {
  return (value, path) => {
    const found = words.find((word) => word === value);
    return found ?? invalid(path, value, `one of ${words.join(", ")}`);
  };
}

/** A list of `least` to `most` items of one shape. */
export function list<T>(item: Shape<T>, least: number, most: number): Shape<readonly T[]> {
  return (value, path) => {
    if (!Array.isArray(value) || value.length < least || value.length > most) {
      return invalid(
        path,
        Array.isArray(value) ? `${value.length} items` : value,
        `a list of ${least} to ${most} items`,
      );
    }
    return value.map((entry, i) => item(entry, `${path}[${i}]`));
  };
}

/** An object whose keys are open and whose values have one shape. */
export function record<T>(
  key: Shape<string>,
  item: Shape<T>,
  least: number,
  most: number,
): Shape<Readonly<Record<string, T>>> {
  return (value, path) => {
    const names = plainKeys(value, path);
    if (names.length < least || names.length > most) {
      return invalid(path, `${names.length} members`, `an object of ${least} to ${most} members`);
    }
    // fromEntries defines own members, so that a key such as __proto__ stays an ordinary key.
    return Object.fromEntries(
      names.map((name) => [
        key(name, `${path} key`),
        item((value as Record<string, unknown>)[name], `${path}.${name}`),
      ]),
    );
  };
}

type Optional<S> = { [K in keyof S]: undefined extends S[K] ? K : never }[keyof S];

/** An object with exactly the members named; those whose shape is `optional` may be absent. */
export function object<T extends object>(
  members: { readonly [K in keyof T]-?: Shape<Exclude<T[K], undefined>> },
  optional: readonly Optional<T>[] = [],
): Shape<T> {
  const names = Object.keys(members) as (keyof T & string)[];
  const mayLack = new Set<string>(optional as readonly string[]);
  return (value, path) => {
    for (const name of plainKeys(value, path)) {
      if (!Object.hasOwn(members, name))
        invalid(`${path}.${name}`, "a member", "absent (no such member)");
    }
    const result: Partial<Record<keyof T, unknown>> = {};
    for (const name of names) {
      const given = (value as Record<string, unknown>)[name];
      if (given === undefined && mayLack.has(name)) continue;
      result[name] = members[name](given, `${path}.${name}`);
    }
    return result as T;
  };
}

function plainKeys(value: unknown, path: string): string[] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return invalid(path, value, "an object");
  }
  return Object.keys(value);
}
