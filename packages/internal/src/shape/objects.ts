// Shapes of objects. Only own enumerable members count, and each is read once: what was checked is what is used.
import { type Out, part, refuse, refuseThat, type Shape, type Visit } from "./check.js";
import { quoted } from "./described.js";
import { nearest } from "./nearest.js";

/** A member that may be missing or undefined. */
export interface OptionalShape<T> extends Shape<T> {
  readonly optional: true;
}

/** The shapes of an object's members. */
export type Members = { readonly [key: string]: Shape<unknown> };

/** What `object` returns: a new object with the members that were given. */
export type ObjectOf<M extends Members> = {
  readonly [K in keyof M as M[K] extends OptionalShape<unknown> ? never : K]: Out<M[K]>;
} & {
  readonly [K in keyof M as M[K] extends OptionalShape<unknown> ? K : never]?: Out<M[K]>;
};

/** A member that may be missing; undefined counts as missing. */
export function optional<T>(shape: Shape<T>): OptionalShape<T> {
  return Object.assign((value: unknown, visit: Visit) => shape(value, visit), {
    optional: true as const,
  });
}

/** An object with these members and no others. */
export function object<M extends Members>(members: M): Shape<ObjectOf<M>> {
  const names = Object.keys(members);
  return (value, visit) => {
    const given = requireObject(value, visit, names);
    for (const key of Object.keys(given)) {
      if (Object.hasOwn(members, key)) continue;
      const named = visit.secret ? "(not shown)" : quoted(key);
      refuseThat(visit, `has an unknown member ${named}`, `only ${names.join(", ")}`);
    }
    const result: Record<string, unknown> = {};
    for (const name of names) {
      const shape = members[name] as Shape<unknown>;
      const member = Object.hasOwn(given, name) ? given[name] : undefined;
      if (member !== undefined || !("optional" in shape))
        result[name] = part(shape, member, name, visit);
    }
    return result as ObjectOf<M>;
  };
}

/** An object with these members; it may have others, which are not looked at. */
export function having<M extends Members>(members: M): Shape<ObjectOf<M>> {
  const names = Object.keys(members);
  const whole = object(members);
  return (value, visit) => {
    const given = requireObject(value, visit, names);
    const own = names.filter((name) => Object.hasOwn(given, name));
    return whole(Object.fromEntries(own.map((name) => [name, given[name]])), visit);
  };
}

/** An object with any keys; the result has no prototype, so that a key such as "constructor" is absent unless it was given. */
export function recordOf<T>(
  shape: Shape<T>,
  { most = 1 << 20 }: { readonly most?: number } = {},
): Shape<{ readonly [key: string]: T }> {
  return (value, visit) => {
    const given = requireObject(value, visit);
    const keys = Object.keys(given);
    if (keys.length > most)
      refuseThat(visit, `has ${keys.length} members`, `at most ${most} members`);
    const result: { [key: string]: T } = Object.create(null);
    for (const key of keys) result[key] = part(shape, given[key], key, visit);
    return result;
  };
}

/** One of several objects, told apart by the word in one member: `variant("type", { set: object({ type: ... }), ... })`. */
export function variant<M extends Members>(tag: string, shapes: M): Shape<Out<M[keyof M]>> {
  const words = Object.keys(shapes);
  return (value, visit) => {
    const given = { ...requireObject(value, visit) };
    const shape = part(
      (word, inner) => {
        if (typeof word === "string" && Object.hasOwn(shapes, word)) return shapes[word];
        const close = nearest(word, words);
        return refuse(
          inner,
          word,
          `one of ${words.map((each) => quoted(each)).join(", ")}`,
          close === undefined ? undefined : `Did you mean ${quoted(close)}?`,
        );
      },
      Object.hasOwn(given, tag) ? given[tag] : undefined,
      tag,
      visit,
    );
    return (shape as Shape<Out<M[keyof M]>>)(given, visit);
  };
}

function requireObject(
  value: unknown,
  visit: Visit,
  names?: readonly string[],
): { readonly [key: string]: unknown } {
  if (
    typeof value === "object" &&
    value !== null &&
    Object.prototype.toString.call(value) === "[object Object]"
  )
    return value as { readonly [key: string]: unknown };
  return refuse(
    visit,
    value,
    names === undefined ? "an object" : `an object with ${names.join(", ")}`,
    typeof value === "string" && /^\s*\{/.test(value)
      ? "It is JSON text: use JSON.parse(...)."
      : undefined,
  );
}
