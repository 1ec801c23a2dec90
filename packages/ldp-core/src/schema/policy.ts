// What a person chose, fixed before their record is read: which attributes at which levels, and what that costs.
import { LdpError } from "../errors.js";
import { compareBudgets, sumBudgets } from "../exact/decimal.js";
import { member, show } from "./check.js";
import type { SchemaJson } from "./json.js";
import { mechanismOf } from "./mechanism.js";
import type { AttributeSpec, Schema } from "./schema.js";

/** Stricter choices than the schema's defaults, by attribute: a level's name, or `"withhold"`. */
export type Preferences<Json extends SchemaJson = SchemaJson> = {
  readonly [Name in keyof Json["attributes"]]?: "withhold" | (keyof Json["levels"] & string);
};

/** A person's choices, worked out. It says nothing about the record. */
export interface Policy {
  /** The hash of the schema that it was worked out for. */
  readonly schemaHash: string;
  /** For every attribute the index of its level, or -1 where it is withheld or public. */
  readonly levels: readonly number[];
  /** The indices of the attributes that can be disclosed, ascending. */
  readonly pool: readonly number[];
  /** How many of the pool each report discloses. */
  readonly disclosed: number;
  /** What one report debits, a canonical decimal: fixed before anything is sampled. */
  readonly debit: string;
}

/**
 * Works out a person's choices. Only the default level or a stricter one (epsilon not larger) can be chosen: a looser
 * one would be a promise broken. Withheld attributes leave the pool.
 *
 * The debit is the sum of the epsilons of all disclosed attributes; where k are sampled, of the k largest in the pool,
 * since any k of them may come up.
 *
 * @param schema the schema
 * @param preferences for any attributes, `"withhold"` or the name of a level; nothing means the default levels
 * @returns the policy
 * @throws `EMRX_BAD_PREFERENCE` for an attribute the schema does not have or a level looser than the default, or where
 *   nothing is left to disclose; `EMRX_UNKNOWN_LEVEL` for a level the schema does not have
 * @example
 * ```ts
 * import { defineSchema, policyFor } from "@emrx/ldp-core";
 *
 * const schema = defineSchema({
 *   id: "visit", version: 1, levels: { usual: "1", strict: "0.2" },
 *   attributes: {
 *     sex: { type: "categorical", values: ["female", "male"], level: "usual" },
 *     smoker: { type: "categorical", values: ["no", "yes"], level: "usual" },
 *   },
 *   disclose: "all",
 * });
 * policyFor(schema).debit; // => "2"
 * policyFor(schema, { smoker: "strict" }).debit; // => "1.2"
 * policyFor(schema, { smoker: "withhold" }).pool; // => [0]
 * policyFor(schema, { sex: "withhold", smoker: "withhold" }); // throws EMRX_BAD_PREFERENCE
 * ```
 */
export function policyFor<Json extends SchemaJson>(
  schema: Schema<Json>,
  preferences: Preferences<Json> = {},
): Policy {
  const chosen = preferences as { readonly [name: string]: unknown };
  for (const name of Object.keys(chosen))
    if (
      !schema.attributes.some((attribute) => attribute.name === name && attribute.type !== "public")
    )
      throw new LdpError(
        "EMRX_BAD_PREFERENCE",
        `preferences: ${member("", name)} is not a randomized attribute of schema ${schema.id}`,
      );
  const levels = schema.attributes.map((attribute) =>
    levelChosen(
      schema,
      attribute,
      Object.hasOwn(chosen, attribute.name) ? chosen[attribute.name] : undefined,
    ),
  );
  const pool = schema.attributes.map(({ index }) => index).filter((index) => levels[index] !== -1);
  if (pool.length === 0)
    throw new LdpError(
      "EMRX_BAD_PREFERENCE",
      "preferences: every attribute is withheld; nothing is left to publish",
    );
  const { disclose } = schema;
  const disclosed =
    disclose.rule === "sample" ? Math.min(disclose.sample, pool.length) : pool.length;
  const epsilons = pool
    .map((index) => mechanismOf(schema, index, levels[index] as number).epsilon)
    .sort((a, b) => compareBudgets(b, a));
  const debit = sumBudgets(epsilons.slice(0, disclosed));
  return Object.freeze({
    schemaHash: schema.hash,
    levels: Object.freeze(levels),
    pool: Object.freeze(pool),
    disclosed,
    debit,
  });
}

function levelChosen(schema: Schema, attribute: AttributeSpec, choice: unknown): number {
  if (choice === undefined) return attribute.level;
  if (choice === "withhold") return -1;
  const level = schema.levels.findIndex(({ name }) => name === choice);
  const names = schema.levels.map(({ name }) => name).join(", ");
  if (level < 0)
    throw new LdpError(
      "EMRX_UNKNOWN_LEVEL",
      `preferences: ${member("", attribute.name)}: unknown level ${show(choice)}; expected "withhold" or one of ${names}`,
    );
  const usual = schema.levels[attribute.level];
  const wanted = schema.levels[level];
  if (usual && wanted && compareBudgets(wanted.epsilon, usual.epsilon) > 0)
    throw new LdpError(
      "EMRX_BAD_PREFERENCE",
      `preferences: ${member("", attribute.name)}: level ${wanted.name} (epsilon ${wanted.epsilon}) is looser than the schema's ${usual.name} (epsilon ${usual.epsilon}); choose that or a stricter one`,
    );
  return level;
}
