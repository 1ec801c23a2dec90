// From one version of a schema to the next: what stays comparable, and what people pay anew.
import { equalItems } from "@emrx/internal/bytes";
import { check } from "../errors/check.js";
import type { SubjectJson } from "./json.js";
import { mechanismAt } from "./mechanism.js";
import type { AttributeSpec, Schema } from "./schema.js";
import { schemaShape } from "./schema-shape.js";

/**
 * What became of an attribute:
 *
 * - `"same"`: domain, missing values and epsilon are as before; estimates of both versions can be put together.
 * - `"epsilon"`: the same domain with another epsilon; estimates can be put together as groups with different levels.
 * - `"mechanism"`: the same domain and epsilon with another mechanism; estimates can be put together as groups, too.
 * - `"domain"`: values, range, size limit of a set or the tokens that mean missing changed; estimates of the two versions speak of
 *   different things.
 * - `"column"`: it is read from another column, so its values mean something else.
 * - `"type"`: it became another kind of attribute.
 * - `"added"`, `"removed"`: only one version has it.
 * - `"public"`: public in both.
 */
export type AttributeChange =
  | "same"
  | "epsilon"
  | "mechanism"
  | "domain"
  | "column"
  | "type"
  | "added"
  | "removed"
  | "public";

/** How two versions of a schema compare. */
export interface SchemaChange {
  /** Equal hash: reports of one are reports of the other. */
  readonly identical: boolean;
  /**
   * Who is protected, and by which of their records they are counted: `"subject"` if another column (or none) names the people, so
   * that the unit of protection is another; `"keep"` if another of a person's records counts; else `"same"`.
   */
  readonly subject: "same" | "keep" | "subject";
  /** By attribute name: those of the older version in its order, then the added ones. */
  readonly attributes: ReadonlyMap<string, AttributeChange>;
  /** The attributes whose estimates may be combined over both versions; none where `subject` is not `"same"`. */
  readonly comparable: readonly string[];
  /**
   * The attributes that people who reported under the older version disclose anew under the newer: each report under
   * another hash is a new randomization with a new debit, even where nothing about the attribute changed. Empty only
   * for identical schemas.
   */
  readonly paidAnew: readonly string[];
}

/**
 * Compares two versions of a schema. A report belongs to one hash: nothing memoized under the older version answers for the
 * newer one, so every attribute of the newer version costs anew, and both debits stand on the same lifetime budget.
 *
 * @param older the schema in use
 * @param newer the schema that is to follow
 * @returns what changed
 * @example
 * ```ts
 * import { defineSchema } from "@emrx/ldp-core";
 * import { compareSchemas } from "@emrx/ldp-core/schema";
 *
 * const first = {
 *   id: "visit", version: 1, levels: { usual: "1" },
 *   attributes: {
 *     smoker: { type: "categorical", values: ["no", "yes"], level: "usual" },
 *     sex: { type: "categorical", values: ["female", "male"], level: "usual" },
 *   },
 *   disclose: "all",
 * } as const;
 * const change = compareSchemas(defineSchema(first), defineSchema({
 *   ...first, version: 2,
 *   attributes: { ...first.attributes, smoker: { ...first.attributes.smoker, values: ["no", "former", "yes"] } },
 * }));
 * change.attributes.get("smoker"); // => "domain"
 * change.comparable; // => ["sex"]
 * change.paidAnew; // => ["smoker", "sex"]
 * ```
 */
export function compareSchemas(older: Schema, newer: Schema): SchemaChange {
  check(schemaShape, older, "older");
  check(schemaShape, newer, "newer");
  const identical = older.hash === newer.hash;
  const attributes = new Map<string, AttributeChange>();
  for (const before of older.attributes) {
    const after = newer.attributes.find(({ name }) => name === before.name);
    attributes.set(
      before.name,
      after === undefined ? "removed" : changeOf(older, before, newer, after),
    );
  }
  for (const { name } of newer.attributes) if (!attributes.has(name)) attributes.set(name, "added");
  const named = (...changes: readonly AttributeChange[]): readonly string[] =>
    [...attributes].filter(([, change]) => changes.includes(change)).map(([name]) => name);
  const subject = subjectChange(older.subject, newer.subject);
  return {
    identical,
    subject,
    attributes,
    comparable: subject === "same" ? named("same", "epsilon", "mechanism") : [],
    paidAnew: identical
      ? []
      : newer.attributes.filter(({ type }) => type !== "public").map(({ name }) => name),
  };
}

function subjectChange(
  before: SubjectJson | undefined,
  after: SubjectJson | undefined,
): SchemaChange["subject"] {
  if (before?.column !== after?.column) return "subject";
  return before?.keep?.lowest === after?.keep?.lowest ? "same" : "keep";
}

function changeOf(
  older: Schema,
  before: AttributeSpec,
  newer: Schema,
  after: AttributeSpec,
): AttributeChange {
  if (before.type === "public" && after.type === "public" && before.column === after.column)
    return equalItems(before.values, after.values) ? "public" : "domain";
  // Ordinal or categorical is a reading of the same values; numbers and sets are other kinds.
  if (kindOf(before) !== kindOf(after)) return "type";
  if (before.column !== after.column) return "column";
  if (!equalItems([...(before.missing ?? [])].sort(), [...(after.missing ?? [])].sort()))
    return "domain";
  if ((before.missing === undefined) !== (after.missing === undefined)) return "domain";
  const sameDomain =
    before.type === "numeric" && after.type === "numeric"
      ? equalItems(before.range, after.range)
      : equalItems(valuesOf(before), valuesOf(after)) && atMostOf(before) === atMostOf(after);
  if (!sameDomain) return "domain";
  const [was, is] = [
    mechanismAt(older, before.index, before.level),
    mechanismAt(newer, after.index, after.level),
  ];
  if (was.epsilon !== is.epsilon) return "epsilon";
  return was.identity === is.identity ? "same" : "mechanism";
}

function kindOf({ type }: AttributeSpec): "listed" | "numeric" | "set" | "public" {
  return type === "categorical" || type === "ordinal" ? "listed" : type;
}

/** The limit of a set belongs to its domain: codes of larger sets count for less. */
function atMostOf(attribute: AttributeSpec): number {
  return attribute.type === "set" ? attribute.atMost : 1;
}

function valuesOf(attribute: AttributeSpec): readonly string[] {
  return attribute.type === "numeric" ? [] : attribute.values;
}
