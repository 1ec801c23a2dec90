// From the JSON form to a checked, frozen schema with its canonical hash.
import { toHex } from "@emrx/internal/bytes";
import { sha256 } from "@noble/hashes/sha2.js";
import { check } from "../errors/check.js";
import { LdpError } from "../errors/ldp-error.js";
import { compareBudgets, parseEpsilon } from "../exact/decimal.js";
import { attributeAt } from "./attribute.js";
import { canonicalJson, type JsonValue } from "./canonical.js";
import { invalid, member, namesAt, objectAt, oneOf, textAt } from "./check.js";
import { disclosureAt } from "./disclosure.js";
import type { ImportedSchema } from "./imported-type.js";
import type { SchemaJson } from "./json.js";
import { mechanismAt } from "./mechanism.js";
import type { Level, Schema } from "./schema.js";
import { markSchema } from "./schema-shape.js";

/** Stands before the canonical text, so that no other kind of object can share a schema's hash. */
const domainTag = "emrx/schema/1\n";

/** Attribute indices are two bytes in a report, level indices one. */
const mostAttributes = 0xffff;
const mostLevels = 0xff;

const settings = [
  "$schema",
  "id",
  "version",
  "subject",
  "levels",
  "attributes",
  "disclose",
  "lowerLevels",
];

/**
 * Checks the JSON form of a schema and works out what follows from it. The result is frozen plain data; records are
 * typed from the literal that was passed.
 *
 * @param json the JSON form, see {@link SchemaJson}; it is copied, not kept
 * @returns the checked schema, with `hash`, the SHA-256 of its canonical form (RFC 8785)
 * @throws `EMRX_BAD_SCHEMA` naming the place by its JSON path, `EMRX_UNKNOWN_LEVEL` where an attribute names a
 *   level that is not there, `EMRX_BAD_EPSILON` where a level's epsilon is not a decimal in the allowed range
 * @example
 * ```ts
 * import { defineSchema } from "@emrx/ldp-core";
 *
 * const schema = defineSchema({
 *   id: "smoking-study", version: 1,
 *   levels: { ordinary: "2", sensitive: "0.50" },
 *   attributes: {
 *     sex: { type: "categorical", values: ["female", "male"], level: "ordinary" },
 *     smoker: { type: "categorical", values: ["no", "yes"], missing: [""], level: "sensitive" },
 *   },
 *   disclose: "all",
 * });
 * schema.levels[1]; // => { name: "sensitive", epsilon: "0.5" }
 * schema.hash.length; // => 64
 * defineSchema({ id: "x", version: 1, levels: { a: "-1" }, attributes: {}, disclose: "all" }); // throws EMRX_BAD_EPSILON
 * ```
 */
export function defineSchema<const Json extends SchemaJson>(json: Json): Schema<Json> {
  // A copy, so that what is checked is what is used.
  const copy = check((given) => structuredClone(given), json, "schema", "EMRX_BAD_SCHEMA") as Json;
  const members = objectAt("", copy, settings);
  if (members["$schema"] !== undefined) textAt("$schema", members["$schema"], 1000);
  const { version, levels: levelsJson, attributes: attributesJson, subject, disclose } = members;
  const id = textAt("id", members["id"]);
  if (typeof version !== "number" || !Number.isSafeInteger(version) || version < 1)
    throw invalid("version", "a whole number from 1", version);

  const levels = levelsAt(levelsJson);
  const levelNames = levels.map((level) => level.name);
  const named = objectAt("attributes", attributesJson);
  const attributes = namesAt("attributes", named, mostAttributes).map((name, index) =>
    attributeAt(name, index, named[name], levelNames),
  );
  if (attributes.every((attribute) => attribute.type === "public"))
    throw invalid("attributes", "at least one attribute that is not public", "only public ones");

  const lowerLevels =
    oneOf("lowerLevels", ["independent", "derived"], members["lowerLevels"]) ?? "independent";

  const checked = {
    id,
    version,
    subject: subjectAt(subject),
    levels,
    attributes,
    disclose: disclosureAt(disclose, attributes, levels),
    lowerLevels,
  };
  const schema = deepFreeze({ ...checked, hash: hashOf(checked), json: copy });
  checkMechanisms(schema);
  return markSchema(schema);
}

/**
 * {@link defineSchema} for JSON: an imported file, whose attributes and levels the types then know by name, or what was received.
 *
 * @param json the JSON form of a schema, or its text
 * @returns the checked schema
 * @throws `EMRX_BAD_SCHEMA` where a text is not JSON, and whatever `defineSchema` throws
 * @example
 * ```ts
 * import { policyFor } from "@emrx/ldp-core";
 * import { parseSchema } from "@emrx/ldp-core/schema";
 *
 * // import json from "./visit.json" with { type: "json" };
 * const json = {
 *   id: "visit", version: 1, levels: { usual: "1" },
 *   attributes: { smoker: { type: "categorical", values: ["no", "yes"], level: "usual" } },
 *   disclose: "all",
 * };
 * policyFor(parseSchema(json), { smoker: "usual" }).debit; // => "1"
 * parseSchema(JSON.stringify(json)).hash; // => parseSchema(json).hash
 * parseSchema("{"); // throws EMRX_BAD_SCHEMA
 * ```
 */
export function parseSchema<Json>(json: Json): Schema<ImportedSchema<Json>> {
  return defineSchema((typeof json === "string" ? parsed(json) : json) as ImportedSchema<Json>);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new LdpError("EMRX_BAD_SCHEMA", `schema: not JSON: ${String(cause)}`, { cause });
  }
}

function levelsAt(value: unknown): readonly Level[] {
  const members = objectAt("levels", value);
  return namesAt("levels", members, mostLevels)
    .map((name) => ({
      name,
      epsilon: parseEpsilon(members[name] as string, `schema: ${member("levels", name)}`),
    }))
    .sort((a, b) => compareBudgets(b.epsilon, a.epsilon) || (a.name < b.name ? -1 : 1));
}

function subjectAt(value: unknown): SchemaJson["subject"] {
  if (value === undefined) return undefined;
  const { column: columnJson, keep } = objectAt("subject", value, ["column", "keep"]);
  const column = textAt("subject.column", columnJson);
  if (keep === undefined) return { column };
  const { lowest } = objectAt("subject.keep", keep, ["lowest"]);
  return { column, keep: { lowest: textAt("subject.keep.lowest", lowest) } };
}

/**
 * A domain too large or an epsilon too small for any mechanism shows here, at every level that a person may choose, and not when
 * the first record comes.
 */
function checkMechanisms(schema: Schema): void {
  for (const { type, name, index, level } of schema.attributes) {
    if (type === "public") continue;
    try {
      for (let each = level; each < schema.levels.length; each++) mechanismAt(schema, index, each);
    } catch (cause) {
      throw new LdpError(
        "EMRX_BAD_SCHEMA",
        `schema: ${member("attributes", name)}: no mechanism fits: ${(cause as Error).message}`,
        { cause },
      );
    }
  }
}

/**
 * The hash covers the meaning, not the spelling: epsilons are normalised, defaults are filled in, levels are sorted, and
 * attributes are a list because their order counts (canonical JSON would sort the members of an object).
 */
function hashOf(checked: Omit<Schema, "hash" | "json">): string {
  const { lowerLevels, ...rest } = checked;
  // Settings at their default are left out, so that a new setting changes no older schema's hash.
  const meaning = lowerLevels === "independent" ? rest : checked;
  const text = canonicalJson(JSON.parse(JSON.stringify(meaning)) as JsonValue);
  return toHex(sha256(new TextEncoder().encode(domainTag + text)));
}

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const part of Object.values(value)) deepFreeze(part);
  }
  return value;
}
