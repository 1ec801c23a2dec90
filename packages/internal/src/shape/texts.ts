// Shapes of texts, words, flags and functions.
import { isWellFormed } from "../bytes.js";
import { refuse, type Shape } from "./check.js";
import { nearest } from "./nearest.js";

/** What a text must be. */
export interface TextRules {
  /** Least number of UTF-16 code units. */
  readonly least?: number;
  /** Greatest number of UTF-16 code units. */
  readonly most?: number;
  /** The form and its description: `{ form: /^[0-9a-f]{64}$/, described: "64 lowercase hexadecimal digits" }`. */
  readonly form?: RegExp;
  readonly described?: string;
  /** Whether it must be in Unicode's normal form C, so that what looks equal is equal. */
  readonly normal?: boolean;
}

/** A text of well-formed Unicode. */
export function text(rules: TextRules = {}): Shape<string> {
  const { least = 0, most = Number.POSITIVE_INFINITY, form, normal = false } = rules;
  return (value, visit) => {
    const expected = rules.described ?? `a text${lengthText(least, most)}`;
    if (typeof value !== "string")
      return refuse(
        visit,
        value,
        expected,
        typeof value === "number" || typeof value === "boolean"
          ? "Write it as text, in quotes."
          : undefined,
      );
    if (value.length < least || value.length > most) return refuse(visit, value, expected);
    if (!isWellFormed(value))
      return refuse(visit, value, `${expected} of well-formed Unicode`, "It has a lone surrogate.");
    if (normal && value.normalize("NFC") !== value)
      return refuse(
        visit,
        value,
        `${expected} in Unicode's normal form C`,
        'Letters and accents are apart in it: convert it by .normalize("NFC").',
      );
    if (form !== undefined && !form.test(value)) return refuse(visit, value, expected);
    return value;
  };
}

/** true or false. */
export function boolean(): Shape<boolean> {
  return (value, visit) =>
    typeof value === "boolean"
      ? value
      : refuse(
          visit,
          value,
          "true or false",
          value === "true" || value === "false" ? "Write it without quotes." : undefined,
        );
}

/** Exactly this value. */
export function literal<const T extends string | number | boolean>(expected: T): Shape<T> {
  return (value, visit) =>
    value === expected ? expected : refuse(visit, value, JSON.stringify(expected));
}

/** One of a few words or numbers. */
export function oneOf<const T extends string | number>(words: readonly T[]): Shape<T> {
  return (value, visit) => {
    const at = words.indexOf(value as T);
    if (at >= 0) return words[at] as T;
    const close = visit.secret ? undefined : nearest(value, words);
    return refuse(
      visit,
      value,
      words.length === 1
        ? JSON.stringify(words[0])
        : `one of ${words
            .slice(0, 20)
            .map((word) => JSON.stringify(word))
            .join(", ")}${words.length > 20 ? `, … (${words.length} in all)` : ""}`,
      close === undefined ? undefined : `Did you mean ${JSON.stringify(close)}?`,
    );
  };
}

/** A function. What it returns is the caller's to check. */
export function fn<F extends (...parameters: never[]) => unknown>(): Shape<F> {
  return (value, visit) =>
    typeof value === "function" && !isClass(value)
      ? (value as F)
      : refuse(
          visit,
          value,
          "a function",
          typeof value === "function"
            ? "A class cannot be called: give a function that makes it."
            : undefined,
        );
}

/** Whether calling it throws for the want of `new`. */
const isClass = (value: object): boolean =>
  /^class\b/.test(Function.prototype.toString.call(value));

function lengthText(least: number, most: number): string {
  if (most === Number.POSITIVE_INFINITY)
    return least === 0 ? "" : ` of ${least} or more characters`;
  return ` of ${least} to ${most} characters`;
}
