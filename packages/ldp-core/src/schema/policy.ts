// What a person chose, fixed before their record is read: which attributes at which levels, and what that costs.
import {
  arrayOf,
  coded,
  integer,
  object,
  optional,
  recordOf,
  type Shape,
  text,
} from "@emrx/internal/shape";
import { sumBudgets } from "../accounting/budget.js";
import { check } from "../errors/check.js";
import { LdpError } from "../errors/ldp-error.js";
import { compareBudgets } from "../exact/decimal.js";
import { member, show } from "./check.js";
import type { SchemaJson } from "./json.js";
import { mechanismAt } from "./mechanism.js";
import type { LevelName, RandomizedName } from "./record-type.js";
import type { AttributeSpec, Schema } from "./schema.js";
import { schemaShape } from "./schema-shape.js";

/** Stricter choices than the schema's defaults, by attribute: a level's name, or `"withhold"`. */
export type Preferences<Json extends SchemaJson = SchemaJson> = {
  readonly [Name in RandomizedName<Json>]?: "withhold" | LevelName<Json>;
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
  check(schemaShape, schema, "schema");
  const chosen = check(preferencesShape, preferences, "preferences", "EMRX_BAD_PREFERENCE");
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
  return policyOver(schema, levels, pool);
}

/** The policy of levels that are chosen, with what it costs. */
function policyOver(schema: Schema, levels: number[], pool: readonly number[]): Policy {
  const { disclose } = schema;
  const disclosed =
    disclose.rule === "sample" ? Math.min(disclose.sample, pool.length) : pool.length;
  const epsilons = pool
    .map((index) => mechanismAt(schema, index, levels[index] as number).epsilon)
    .sort((a, b) => compareBudgets(b, a));
  const debit = sumBudgets(epsilons.slice(0, disclosed));
  return Object.freeze({
    schemaHash: schema.hash,
    levels: Object.freeze(levels),
    pool: Object.freeze([...pool]),
    disclosed,
    debit,
  });
}

/** A person's choices: by attribute, `"withhold"` or a level's name; undefined leaves the default. */
export const preferencesShape: Shape<{ readonly [name: string]: string | undefined }> =
  /* @__PURE__ */ recordOf((value, visit) =>
    value === undefined ? undefined : choice(value, visit),
  );

const choice = /* @__PURE__ */ coded(
  "EMRX_UNKNOWN_LEVEL",
  /* @__PURE__ */ text({ described: '"withhold" or the name of a level' }),
);

/** Of a policy that is given, only what it was worked out from counts. */
const policyShape = /* @__PURE__ */ object({
  schemaHash: /* @__PURE__ */ text(),
  levels: /* @__PURE__ */ arrayOf(/* @__PURE__ */ integer(-1)),
  pool: /* @__PURE__ */ optional((value: unknown) => value),
  disclosed: /* @__PURE__ */ optional((value: unknown) => value),
  debit: /* @__PURE__ */ optional((value: unknown) => value),
});

/**
 * A policy that somebody gives, worked out anew from its levels: what it costs and discloses is never taken from the caller.
 *
 * @throws `EMRX_MISMATCH` for the policy of another schema, `EMRX_BAD_PREFERENCE` for levels that `policyFor` cannot have chosen
 */
export function checkedPolicy(schema: Schema, given: unknown, place: string): Policy {
  const { schemaHash, levels } = check(policyShape, given, place);
  if (schemaHash !== schema.hash)
    throw new LdpError(
      "EMRX_MISMATCH",
      `${place} was worked out for another schema than ${schema.id} version ${schema.version}`,
    );
  const names = schema.attributes.flatMap(({ name, level }, index) => {
    if (level === -1) return [];
    const chosen = levels[index] ?? -1;
    if (chosen === -1) return [[name, "withhold"] as const];
    return [[name, schema.levels[chosen]?.name ?? String(chosen)] as const];
  });
  return policyFor(schema, Object.fromEntries(names));
}

/** The level at which an attribute is released: the one requested, or the person's own where that is stricter. */
export const levelAt = (own: number, requested: number): number => Math.max(own, requested);

/**
 * What of a policy is released at a level, and what that costs: attributes whose own level is stricter keep it. The budgets of several
 * releases of one record do not add up; together they cost the largest of them.
 *
 * @param schema a schema whose `lowerLevels` are `"derived"`
 * @param policy from {@link policyFor}
 * @param level the name of a level
 * @returns the policy with its levels at most as loose as `level`, and the debit of a first release at it
 * @throws `EMRX_UNKNOWN_LEVEL` for a level that the schema does not have, `EMRX_BAD_PREFERENCE` where its lower levels are not
 *   derived, `EMRX_MISMATCH` for the policy of another schema
 * @example
 * ```ts
 * import { defineSchema, policyFor } from "@emrx/ldp-core";
 * import { policyAt } from "@emrx/ldp-core/schema";
 *
 * const schema = defineSchema({
 *   id: "visit", version: 1, levels: { ward: "2", registry: "0.5" }, lowerLevels: "derived",
 *   attributes: { smoker: { type: "categorical", values: ["no", "yes"], level: "ward" } },
 *   disclose: "all",
 * });
 * policyAt(schema, policyFor(schema), "registry").debit; // => "0.5"
 * policyAt(schema, policyFor(schema), "press"); // throws EMRX_UNKNOWN_LEVEL
 * ```
 */
export function policyAt<Json extends SchemaJson>(
  schema: Schema<Json>,
  policy: Policy,
  level: LevelName<Json>,
): Policy {
  check(schemaShape, schema, "schema");
  const own = checkedPolicy(schema, policy, "policy");
  const requested = levelIndex(
    schema,
    check(text(), level, "level", "EMRX_UNKNOWN_LEVEL"),
    "level",
    "",
  );
  if (schema.lowerLevels !== "derived")
    throw new LdpError(
      "EMRX_BAD_PREFERENCE",
      `level: a record of schema ${schema.id} has one report; to release it at several levels, set "lowerLevels": "derived"`,
    );
  const levels = own.levels.map((each) => (each < 0 ? -1 : levelAt(each, requested)));
  return policyOver(schema, levels, own.pool);
}

function levelIndex(schema: Schema, name: string, place: string, other: string): number {
  const level = schema.levels.findIndex((candidate) => candidate.name === name);
  if (level >= 0) return level;
  const names = schema.levels.map((candidate) => candidate.name).join(", ");
  throw new LdpError(
    "EMRX_UNKNOWN_LEVEL",
    `${place}: unknown level ${show(name)}; expected ${other}one of ${names}`,
  );
}

function levelChosen(schema: Schema, attribute: AttributeSpec, choice: string | undefined): number {
  if (choice === undefined) return attribute.level;
  if (choice === "withhold") return -1;
  const place = `preferences: ${member("", attribute.name)}`;
  const level = levelIndex(schema, choice, place, '"withhold" or ');
  const usual = schema.levels[attribute.level];
  const requested = schema.levels[level];
  if (usual && requested && compareBudgets(requested.epsilon, usual.epsilon) > 0)
    throw new LdpError(
      "EMRX_BAD_PREFERENCE",
      `${place}: level ${requested.name} (epsilon ${requested.epsilon}) is looser than the schema's ${usual.name} (epsilon ${usual.epsilon}); choose that or a stricter one`,
    );
  return level;
}
