// Which mechanism randomizes an attribute at a level: made once for a schema, then kept.
import { integer } from "@emrx/internal/shape";
import { check } from "../errors/check.js";
import { LdpError } from "../errors/ldp-error.js";
import { compareBudgets } from "../exact/decimal.js";
import { mechanismFor } from "../mechanisms/choice/choose.js";
import type { NumericMechanism } from "../mechanisms/common/numeric.js";
import type { FrequencyOracle } from "../mechanisms/common/oracle.js";
import { grr } from "../mechanisms/grr/grr.js";
import { hadamardResponse } from "../mechanisms/hadamard/hadamard.js";
import { blh, olh } from "../mechanisms/local-hashing/local-hashing.js";
import { projectiveGeometryResponse } from "../mechanisms/projective-geometry/projective-geometry.js";
import { privset } from "../mechanisms/sets/privset.js";
import { subsetSelection } from "../mechanisms/subset-selection/subset-selection.js";
import { oue } from "../mechanisms/unary/oue.js";
import { sue } from "../mechanisms/unary/sue.js";
import { duchi } from "../mechanisms/window/duchi.js";
import { type WindowMixture, windowMixture } from "../mechanisms/window/mixture.js";
import type { AnyMechanism, Mechanism } from "./any-mechanism.js";
import { type AttributeChain, attributeChain } from "./attribute-chain.js";
import type { ListedMechanism } from "./json.js";
import type {
  AttributeSpec,
  Level,
  ListedAttribute,
  NumericAttribute,
  PublicAttribute,
  Schema,
} from "./schema.js";
import { schemaShape } from "./schema-shape.js";

const cache = /* @__PURE__ */ new WeakMap<Schema, (Mechanism | undefined)[]>();
const chains = /* @__PURE__ */ new WeakMap<Schema, (AttributeChain | undefined)[]>();

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
  checkPlace(schema, attribute, level);
  return epsilonAt(schema, attribute, level);
}

function epsilonAt(schema: Schema, attribute: number, level: number): string {
  const { epsilon } = schema.levels[level] as Level;
  if (schema.disclose.rule !== "budget") return epsilon;
  const share = schema.disclose.shares[attribute] as string;
  return compareBudgets(share, epsilon) < 0 ? share : epsilon;
}

function checkPlace(schema: Schema, attribute: number, level: number): void {
  const { attributes, levels } = check(schemaShape, schema, "schema");
  check(integer(0, attributes.length - 1), attribute, "attribute");
  check(integer(0, levels.length - 1), level, "level");
  if (attributes[attribute]?.type === "public")
    throw new LdpError(
      "EMRX_BAD_PARAMETER",
      `attribute is ${attribute}, ${attributes[attribute]?.name}, which is public; expected a randomized one`,
    );
}

/**
 * The mechanism that randomizes an attribute at a level: the one that the schema names, else by the choice rule of `mechanismFor`;
 * `privset` for a set. Where lower levels are derived, the level's part of the attribute's chain.
 *
 * @param schema the schema
 * @param attribute the attribute's index
 * @param level the level's index
 * @returns the mechanism; the same object for the same arguments
 * @throws `EMRX_BAD_PARAMETER` for an index that the schema does not have, or of a public attribute
 * @example
 * ```ts
 * import { defineSchema } from "@emrx/ldp-core";
 * import { mechanismOf } from "@emrx/ldp-core/schema";
 *
 * const schema = defineSchema({
 *   id: "visit", version: 1, levels: { usual: "1" },
 *   attributes: {
 *     smoker: { type: "categorical", values: ["no", "yes"], level: "usual" },
 *     ward: { type: "categorical", values: ["north", "south", "west"], level: "usual", mechanism: "sue" },
 *   },
 *   disclose: "all",
 * });
 * mechanismOf(schema, 0, 0).name; // => "grr"
 * mechanismOf(schema, 1, 0).name; // => "sue"
 * mechanismOf(schema, 2, 0); // throws EMRX_BAD_PARAMETER
 * ```
 */
export function mechanismOf(schema: Schema, attribute: number, level: number): Mechanism {
  checkPlace(schema, attribute, level);
  return mechanismAt(schema, attribute, level);
}

/** {@link mechanismOf} for arguments that are right. */
export function mechanismAt(schema: Schema, attribute: number, level: number): Mechanism {
  let made = cache.get(schema);
  if (made === undefined) {
    made = [];
    cache.set(schema, made);
  }
  const slot = attribute * schema.levels.length + level;
  const known = made[slot];
  if (known !== undefined) return known;
  const chain = chainOfAttribute(schema, attribute);
  const step = chain?.stepOf[level];
  const mechanism =
    (step === undefined ? undefined : (chain?.degradation.levels[step] as Mechanism | undefined)) ??
    alone(schema, attribute, epsilonAt(schema, attribute, level));
  made[slot] = mechanism;
  return mechanism;
}

/** {@link mechanismAt}, with the type that all mechanisms have in common. */
export function anyMechanismOf(schema: Schema, attribute: number, level: number): AnyMechanism {
  return mechanismAt(schema, attribute, level);
}

/** The chain of an attribute's levels, where the schema derives lower levels; undefined where it does not. */
export function chainOfAttribute(schema: Schema, attribute: number): AttributeChain | undefined {
  const level = schema.attributes[attribute]?.level ?? -1;
  if (schema.lowerLevels !== "derived" || level < 0) return undefined;
  let made = chains.get(schema);
  if (made === undefined) {
    made = [];
    chains.set(schema, made);
  }
  let chain = made[attribute];
  if (chain === undefined) {
    const epsilons = schema.levels.map((_, each) => epsilonAt(schema, attribute, each));
    chain = attributeChain(alone(schema, attribute, epsilons[level] as string), epsilons);
    made[attribute] = chain;
  }
  return chain;
}

/** A mechanism of its own, not part of a chain. */
function alone(schema: Schema, attribute: number, epsilon: string): Mechanism {
  const spec = schema.attributes[attribute] as Exclude<AttributeSpec, PublicAttribute>;
  if (spec.type === "numeric") return forNumber(spec, epsilon);
  if (spec.type === "set")
    return privset({ categories: spec.categories, atMost: spec.atMost, epsilon });
  return forCategory(spec, epsilon);
}

const oracles: {
  readonly [Name in ListedMechanism]: (options: {
    readonly categories: number;
    readonly epsilon: string;
  }) => FrequencyOracle;
} = {
  grr,
  oue,
  sue,
  olh,
  blh,
  ss: subsetSelection,
  hr: hadamardResponse,
  pgr: projectiveGeometryResponse,
};

function forCategory(spec: ListedAttribute, epsilon: string): FrequencyOracle {
  const { type, categories, mechanism } = spec;
  return mechanism === undefined
    ? mechanismFor({ type, categories }, epsilon)
    : oracles[mechanism]({ categories, epsilon });
}

function forNumber(
  { range, missing, mechanism }: NumericAttribute,
  epsilon: string,
): NumericMechanism | WindowMixture {
  const domain = { range, missing: missing !== undefined };
  if (mechanism === "duchi") return duchi({ ...domain, epsilon });
  return mechanism === "window-mixture"
    ? windowMixture({ range, epsilon })
    : mechanismFor({ type: "numeric", ...domain }, epsilon);
}
