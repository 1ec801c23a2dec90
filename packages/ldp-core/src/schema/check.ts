// Checks on unknown JSON, each naming the place by its JSON path: `attributes.race.values[2]`.
import { LdpError } from "../errors/ldp-error.js";

/** An object whose members are not known yet. */
export type Members = { readonly [key: string]: unknown };

/** The error for one place of a schema. */
export function invalid(path: string, expected: string, given: unknown): LdpError {
  return new LdpError(
    "EMRX_BAD_SCHEMA",
    `schema${path === "" ? "" : `: ${path}`}: expected ${expected}, got ${show(given)}`,
  );
}

/** A short text for any value, for messages. */
export function show(value: unknown): string {
  if (value === undefined) return "nothing";
  if (typeof value === "function" || typeof value === "symbol") return `a ${typeof value}`;
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "number") return String(value);
  let text: string;
  try {
    text = JSON.stringify(value) ?? typeof value;
  } catch {
    text = `an ${typeof value}`;
  }
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** The path of a member: `levels.L1`, or `levels["odd name"]` where the name is no identifier. */
export function member(path: string, key: string): string {
  const plain = /^[A-Za-z_][A-Za-z0-9_-]*$/.test(key);
  if (!plain) return `${path}[${JSON.stringify(key)}]`;
  return path === "" ? key : `${path}.${key}`;
}

/** A plain object with no members but `allowed` ones (all, where `allowed` is undefined). */
export function objectAt(path: string, value: unknown, allowed?: readonly string[]): Members {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw invalid(path, "an object", value);
  if (allowed !== undefined)
    for (const key of Object.keys(value))
      if (!allowed.includes(key))
        throw new LdpError(
          "EMRX_BAD_SCHEMA",
          `schema: ${member(path, key)}: no such setting; expected one of ${allowed.join(", ")}`,
        );
  return value as Members;
}

/** A text of 1 to `longest` UTF-16 units that can be written as UTF-8. */
export function textAt(path: string, value: unknown, longest = 200): string {
  if (
    typeof value !== "string" ||
    value.length === 0 ||
    value.length > longest ||
    !wellFormed(value)
  )
    throw invalid(path, `a text of 1 to ${longest} characters`, value);
  return value;
}

/** One of some words, or nothing at all. */
export function oneOf<Word extends string>(
  path: string,
  words: readonly Word[],
  value: unknown,
): Word | undefined {
  if (value !== undefined && !words.includes(value as Word))
    throw invalid(path, `one of ${words.join(", ")}`, value);
  return value as Word | undefined;
}

/** A list of distinct texts; the empty text is allowed (a CSV may well use it). */
export function distinctTextsAt(path: string, value: unknown, fewest: number): readonly string[] {
  if (!Array.isArray(value)) throw invalid(path, "a list of texts", value);
  if (value.length < fewest)
    throw invalid(path, `at least ${fewest} ${fewest === 1 ? "entry" : "entries"}`, value);
  const seen = new Map<string, number>();
  for (const [i, entry] of value.entries()) {
    if (typeof entry !== "string" || !wellFormed(entry))
      throw invalid(`${path}[${i}]`, "a text (quote numbers)", entry);
    const first = seen.get(entry);
    if (first !== undefined)
      throw invalid(`${path}[${i}]`, `a text other than ${path}[${first}]`, entry);
    seen.set(entry, i);
  }
  return [...(value as string[])];
}

/**
 * The names of an object's members, in order. JavaScript moves names that look like array indices to the front, so the
 * order of the file would be lost: they are refused.
 */
export function namesAt(path: string, members: Members, most: number): readonly string[] {
  const names = Object.keys(members);
  if (names.length === 0) throw invalid(path, "at least one member", members);
  if (names.length > most) throw invalid(path, `at most ${most} members`, names.length);
  for (const name of names) {
    textAt(`name of ${member(path, name)}`, name);
    if (/^(0|[1-9]\d*)$/.test(name) || name === "__proto__")
      throw invalid(
        member(path, name),
        "a name that is neither a whole number nor __proto__",
        name,
      );
  }
  return names;
}

/** No half of a surrogate pair stands alone. */
function wellFormed(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}
