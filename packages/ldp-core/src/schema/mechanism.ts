// Which mechanism randomizes an attribute at a level: made once for a schema, then kept.
import { LdpError } from "../errors.js";
import { compareBudgets } from "../exact/decimal.js";
import { mechanismFor } from "../mechanisms/choose.js";
import type { NumericMechanism } from "../mechanisms/numeric.js";
import type { FrequencyOracle } from "../mechanisms/oracle.js";
import { type PrivSet, privset } from "../mechanisms/privset.js";
import type { AttributeSpec, PublicAttribute, Schema } from "./schema.js";

/** A mechanism of a schema: for one category, for one number, or for a set of codes. */
export type Mechanism = FrequencyOracle | NumericMechanism | PrivSet;

const cache = /* @__PURE__ */ new WeakMap<Schema, (Mechanism | undefined)[]>();

/**
 * The epsilon that an attribute costs when it is disclosed at a level: the level's own, or, where one budget is divided
 * among the attributes, the attribute's share if that is less.
 *
 * @param schema the schema
 * @param attribute the attribute's index
 * @param level the level's index
 * @returns a canonical decimal
 * @throws `EMRX_BAD_PARAMETER` for an index that the schema does not have, or of a public attribute
 */
export function epsilonOf(schema: Schema, attribute: number, level: number): string {
  const spec = schema.attributes[attribute];
  const chosen = schema.levels[level];
  if (spec === undefined || spec.type === "public" || chosen === undefined)
    throw new LdpError(
      "EMRX_BAD_PARAMETER",
      `schema ${schema.id} has no randomized attribute ${attribute} with level ${level}; expected indices of schema.attributes and schema.levels`,
    );
  if (schema.disclose.rule !== "budget") return chosen.epsilon;
  const share = schema.disclose.shares[attribute] as string;
  return compareBudgets(share, chosen.epsilon) < 0 ? share : chosen.epsilon;
}

/**
 * The mechanism that randomizes an attribute at a level, by the choice rule of `mechanismFor`; `privset` for a set.
 *
 * @param schema the schema
 * @param attribute the attribute's index
 * @param level the level's index
 * @returns the mechanism; the same object for the same arguments
 * @throws `EMRX_BAD_PARAMETER` for an index that the schema does not have, or of a public attribute
 * @example
 * ```ts
 * import { defineSchema, mechanismOf } from "@emrx/ldp-core";
 *
 * const schema = defineSchema({
 *   id: "visit", version: 1, levels: { usual: "1" },
 *   attributes: { smoker: { type: "categorical", values: ["no", "yes"], level: "usual" } },
 *   disclose: "all",
 * });
 * mechanismOf(schema, 0, 0).name; // => "grr"
 * mechanismOf(schema, 1, 0); // throws EMRX_BAD_PARAMETER
 * ```
 */
export function mechanismOf(schema: Schema, attribute: number, level: number): Mechanism {
  let made = cache.get(schema);
  if (made === undefined) {
    made = [];
    cache.set(schema, made);
  }
  const slot = attribute * schema.levels.length + level;
  const known = made[slot];
  if (known !== undefined) return known;
  const mechanism = makeMechanism(schema, attribute, level);
  made[slot] = mechanism;
  return mechanism;
}

function makeMechanism(schema: Schema, attribute: number, level: number): Mechanism {
  const epsilon = epsilonOf(schema, attribute, level);
  const spec = schema.attributes[attribute] as Exclude<AttributeSpec, PublicAttribute>;
  if (spec.type === "set") {
    const { categories, atMost } = spec;
    return privset({ categories, atMost, epsilon });
  }
  if (spec.type !== "numeric") return mechanismFor(spec, epsilon);
  return mechanismFor(
    { type: "numeric", range: spec.range, missing: spec.missing !== undefined },
    epsilon,
  );
}
