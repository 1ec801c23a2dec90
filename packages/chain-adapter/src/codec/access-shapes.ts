// What policies must look like.
import {
  arrayOf,
  deferred,
  guard,
  object,
  oneOf,
  optional,
  type Shape,
  satisfying,
  text,
} from "@emrx/internal/shape";
import { type Purpose, purposes } from "../contracts/purposes.js";
import type { Rule } from "./access-calls.js";
import * as field from "./fields.js";

/** A list without repeats, in which "*" (everything) stands alone. */
function scope<T extends string>(item: Shape<T>): Shape<readonly T[]> {
  return satisfying(
    arrayOf(item, { least: 1, most: 1000 }),
    (names) =>
      new Set(names).size === names.length &&
      (names.length === 1 || !(names as readonly string[]).includes("*")),
    'names without repeats, or "*" alone',
  );
}

const isPurpose = (value: unknown): value is Purpose =>
  (purposes as readonly unknown[]).includes(value);

export const purpose: Shape<Purpose> = /* @__PURE__ */ guard(
  isPurpose,
  "an HL7 v3 PurposeOfUse code",
);

export const rule: Shape<Rule> = /* @__PURE__ */ deferred(() =>
  object({
    effect: oneOf(["permit", "deny"]),
    attributes: scope(field.shortName),
    levels: scope(field.shortName),
    purposes: scope(
      guard(
        (value): value is Purpose | "*" => value === "*" || isPurpose(value),
        'an HL7 v3 PurposeOfUse code or "*"',
      ),
    ),
    actors: scope(
      text({ form: /^(?:\*|[0-9a-f]{64})$/, described: '64 lowercase hexadecimal digits or "*"' }),
    ),
    notBefore: optional(field.time),
    notAfter: optional(field.time),
    obligations: optional(arrayOf(field.shortName, { least: 1, most: 100 })),
  }),
);
