// The shape of a schema as an argument: the checked one, not its JSON form.
import { guard, type Shape } from "@emrx/internal/shape";
import type { Schema } from "./schema.js";

/** A schema that `defineSchema` or `parseSchema` made. */
export const schemaShape: Shape<Schema> = /* @__PURE__ */ guard(
  (value): value is Schema =>
    typeof value === "object" &&
    value !== null &&
    typeof (value as Schema).hash === "string" &&
    Array.isArray((value as Schema).attributes) &&
    Array.isArray((value as Schema).levels),
  "a schema made by defineSchema or parseSchema",
  "Its JSON form is not enough: give it to parseSchema first.",
);
