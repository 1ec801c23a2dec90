// What policies and grants must look like.
import { type Purpose, purposes } from "../contracts/purposes.js";
import type { GrantTerms, Rule } from "./access-calls.js";
import * as field from "./fields.js";
import { integer, invalid, list, object, oneOf, type Shape } from "./shape.js";

/** A list without repeats, in which "*" (everything) stands alone. */
function scope<T extends string>(item: Shape<T>): Shape<readonly T[]> {
  const items = list(item, 1, 1000);
  return (value, path) => {
    const names = items(value, path);
    if (new Set(names).size !== names.length) return invalid(path, names.join(), "free of repeats");
    if (names.length > 1 && (names as readonly string[]).includes("*"))
      return invalid(path, names.join(), '"*" alone, or names');
    return names;
  };
}

const purposeCodes: ReadonlySet<string> = new Set(purposes);

export const purpose: Shape<Purpose> = (value, path) =>
  typeof value === "string" && purposeCodes.has(value)
    ? (value as Purpose)
    : invalid(path, value, "an HL7 v3 PurposeOfUse code");

export const names: Shape<readonly string[]> = list(field.shortName, 1, 1000);

/** How often something may be passed on in a row, at most. */
export const DEEPEST_DELEGATION = 8;

const actor: Shape<string> = (value, path) => (value === "*" ? value : field.hex32(value, path));

export const rule: Shape<Rule> = object<Rule>(
  {
    effect: oneOf("permit", "deny"),
    attributes: scope(field.shortName),
    levels: scope(field.shortName),
    purposes: scope<Purpose | "*">((value, path) => (value === "*" ? value : purpose(value, path))),
    actors: scope(actor),
    notBefore: field.time,
    notAfter: field.time,
    obligations: list(field.shortName, 1, 100),
  },
  ["notBefore", "notAfter", "obligations"],
);

export const grant: Shape<GrantTerms> = object<GrantTerms>(
  {
    requester: field.hex32,
    policyId: field.shortName,
    attributes: names,
    levels: names,
    bundle: field.contentId,
    root: field.hex32,
    count: field.count,
    wrappedKey: field.hexBytes(32, 512),
    delegation: integer(1, DEEPEST_DELEGATION),
  },
  ["delegation"],
);
