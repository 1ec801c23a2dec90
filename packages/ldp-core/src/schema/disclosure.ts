// Checks the composition rule: what of a record is disclosed, hence what a record costs.
import { LdpError } from "../errors/ldp-error.js";
import { parseBudget } from "../exact/decimal.js";
import { invalid, type Members, member, objectAt } from "./check.js";
import type { AttributeSpec, Disclosure, Level } from "./schema.js";
import { budgetShares } from "./share.js";

/** The checked form of `disclose`. */
export function disclosureAt(
  json: unknown,
  attributes: readonly AttributeSpec[],
  levels: readonly Level[],
): Disclosure {
  if (json === "all") return { rule: "all" };
  if (typeof json !== "object" || json === null)
    throw invalid("disclose", '"all", { "sample": k } or { "budget": epsilon }', json);
  if (Object.hasOwn(json, "budget")) return budgetAt(json, attributes, levels);
  const { sample } = objectAt("disclose", json, ["sample", "budget"]);
  const most = attributes.filter((attribute) => attribute.type !== "public").length;
  if (typeof sample !== "number" || !Number.isSafeInteger(sample) || sample < 1 || sample > most)
    throw invalid(
      "disclose.sample",
      `a whole number from 1 to ${most}, the number of attributes that are not public`,
      sample,
    );
  return { rule: "sample", sample };
}

function budgetAt(
  json: object,
  attributes: readonly AttributeSpec[],
  levels: readonly Level[],
): Disclosure {
  const members = objectAt("disclose", json, ["budget", "weights"]);
  const budget = parseBudget(members["budget"] as string, "schema: disclose.budget");
  const weights = weightsAt(members["weights"], attributes);
  const shares = budgetShares(budget, weights, attributes, levels);
  if (shares === undefined)
    throw new LdpError(
      "EMRX_BAD_SCHEMA",
      "schema: disclose: some attribute would get less than 0.000001 of the budget; give it more weight, or disclose fewer attributes",
    );
  return { rule: "budget", budget, shares };
}

function weightsAt(json: unknown, attributes: readonly AttributeSpec[]): readonly number[] {
  const members: Members = json === undefined ? {} : objectAt("disclose.weights", json);
  for (const [name, weight] of Object.entries(members)) {
    const path = member("disclose.weights", name);
    if (!attributes.some((attribute) => attribute.name === name && attribute.type !== "public"))
      throw invalid(path, "the name of a randomized attribute", name);
    if (typeof weight !== "number" || !(weight >= 1e-6) || !(weight <= 1e6))
      throw invalid(path, "a number from 0.000001 to 1000000", weight);
  }
  return attributes.map(({ name }) =>
    Object.hasOwn(members, name) ? (members[name] as number) : 1,
  );
}
