// The shape of a schema as an argument: the checked one, neither its JSON form nor a changed copy.
import { guard, type Shape } from "@emrx/internal/shape";
import type { Schema } from "./schema.js";

/** The schemas that `defineSchema` made: everything in one of them was worked out, and nothing of it can be changed. */
const made = /* @__PURE__ */ new WeakSet<object>();

/** Remembers a schema as checked. */
export function markSchema<S extends Schema>(schema: S): S {
  made.add(schema);
  return schema;
}

/** A schema that `defineSchema` or `parseSchema` made. */
export const schemaShape: Shape<Schema> = /* @__PURE__ */ guard(
  (value): value is Schema => made.has(value as object),
  "a schema made by defineSchema or parseSchema",
  "Neither its JSON form nor a copy is enough: give the JSON form to defineSchema.",
);
