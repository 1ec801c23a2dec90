// Checks the composition rule: what of a record is disclosed, hence what a record costs.
import { invalid, objectAt } from "./check.js";
import type { AttributeSpec, Disclosure } from "./schema.js";

/** The checked form of `disclose`. */
export function disclosureAt(json: unknown, attributes: readonly AttributeSpec[]): Disclosure {
  if (json === "all") return { rule: "all" };
  if (typeof json !== "object" || json === null)
    throw invalid("disclose", '"all" or { "sample": k }', json);
  const members = objectAt("disclose", json, ["sample"]);
  const { sample } = members;
  const randomized = attributes.filter((attribute) => attribute.type !== "public").length;
  if (
    typeof sample !== "number" ||
    !Number.isSafeInteger(sample) ||
    sample < 1 ||
    sample > randomized
  )
    throw invalid(
      "disclose.sample",
      `a whole number from 1 to ${randomized}, the number of attributes that are not public`,
      sample,
    );
  return { rule: "sample", sample };
}
