// How a value is checked against a shape, and how a refusal becomes an error of the package that asked.
import { described, hidden } from "./described.js";

/** Takes any value and returns it typed, or refuses it. Shapes are made by the functions beside this file. */
export type Shape<T> = (value: unknown, visit: Visit) => T;

/** What a shape returns. */
export type Out<S> = S extends Shape<infer T> ? T : never;

/** Makes the error of a refusal. */
export type Make<Code extends string> = (
  code: Code,
  message: string,
  context: { readonly cause?: unknown },
) => Error;

/** Where a check stands within the value. */
export interface Visit {
  /** The argument's name, then keys and indices. */
  readonly path: (string | number)[];
  /** The code of a refusal here; the one that `checker` was given if undefined. */
  code: string | undefined;
  /** Whether values here are secret, so that messages tell their kind only. */
  secret: boolean;
}

/** Checks a value; `name` is what messages call it, `code` what a refusal carries where no inner `coded` says otherwise. */
export type Check<Code extends string> = <T>(
  shape: Shape<T>,
  value: unknown,
  name: string,
  code?: Code,
) => T;

class Refusal {
  readonly message: string;
  readonly code: string | undefined;
  constructor(message: string, code: string | undefined) {
    this.message = message;
    this.code = code;
  }
}

/**
 * The check of one package.
 *
 * @param make - makes the package's error
 * @param usual - the code of a refusal where neither `coded` nor the call says otherwise
 */
export function checker<Code extends string>(make: Make<Code>, usual: Code): Check<Code> {
  return (shape, value, name, code = usual) => {
    const visit: Visit = { path: [name], code: undefined, secret: false };
    try {
      return shape(value, visit);
    } catch (error) {
      // `coded` takes codes of the package's own union only.
      const own = (visit.code ?? code) as Code;
      if (error instanceof Refusal)
        throw make((error.code as Code | undefined) ?? code, error.message, {});
      throw make(own, `${place(visit)} cannot be read: reading it throws an error`, {
        cause: error,
      });
    }
  };
}

/** A shape that is made when it is first used: for large ones, and for those that contain themselves. */
export function deferred<T>(make: () => Shape<T>): Shape<T> {
  let made: Shape<T> | undefined;
  return (value, visit) => {
    made ??= make();
    return made(value, visit);
  };
}

/** The same shape; what it refuses carries this code. */
export function coded<Code extends string, T>(code: Code, shape: Shape<T>): Shape<T> {
  return (value, visit) => {
    const before = visit.code;
    visit.code = code;
    const result = shape(value, visit);
    visit.code = before;
    return result;
  };
}

/** The same shape; messages do not show the value, only its kind. For what is in a record. */
export function secret<T>(shape: Shape<T>): Shape<T> {
  return (value, visit) => {
    const before = visit.secret;
    visit.secret = true;
    const result = shape(value, visit);
    visit.secret = before;
    return result;
  };
}

/** Refuses a value: what it is, what was expected, and what to do where that helps. */
export function refuse(visit: Visit, value: unknown, expected: string, help?: string): never {
  if (value === undefined && visit.path.length > 1)
    return refuseThat(visit, "is missing", expected, help);
  return refuseThat(visit, `is ${(visit.secret ? hidden : described)(value)}`, expected, help);
}

/** Refuses with own words for what was found. */
export function refuseThat(visit: Visit, found: string, expected: string, help?: string): never {
  throw new Refusal(
    `${place(visit)} ${found}; expected ${expected}${help === undefined ? "" : `. ${help}`}`,
    visit.code,
  );
}

/** Checks a part of the value that is being checked. */
export function part<T>(shape: Shape<T>, value: unknown, key: string | number, visit: Visit): T {
  visit.path.push(key);
  const result = shape(value, visit);
  visit.path.pop();
  return result;
}

/** Tries a shape: its result, or undefined and everything as before where it refuses. */
export function attempt<T>(
  shape: Shape<T>,
  value: unknown,
  visit: Visit,
): { readonly value: T } | undefined {
  const { code, secret } = visit;
  const depth = visit.path.length;
  try {
    return { value: shape(value, visit) };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    visit.path.length = depth;
    visit.code = code;
    visit.secret = secret;
    return undefined;
  }
}

function place({ path }: Visit): string {
  const [name, ...keys] = path;
  return keys.reduce<string>((text, key) => {
    if (typeof key === "number") return `${text}[${key}]`;
    return /^[A-Za-z_$][\w$]{0,60}$/.test(key)
      ? `${text}.${key}`
      : `${text}[${JSON.stringify(key.slice(0, 60))}]`;
  }, String(name));
}

/** Whatever was given, as it is: what it must be is said elsewhere. */
export const anything: Shape<unknown> = (value) => value;
