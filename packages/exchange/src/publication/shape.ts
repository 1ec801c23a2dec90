// What tells a publication that this package made.
import { guard, type Shape } from "@emrx/internal/shape";
import { isObject } from "../errors/check.js";
import type { DefinedPublication } from "./define.js";

/** A publication. */
export const publicationShape: Shape<DefinedPublication> = /* @__PURE__ */ guard(
  (value): value is DefinedPublication =>
    isObject(value) &&
    typeof value["hash"] === "string" &&
    isObject(value["document"]) &&
    Array.isArray(value["policies"]),
  "a publication from definePublication",
);
