// The TypeScript type of a record, worked out from the schema, so that a wrong record does not compile.
import type { AttributeJson, SchemaJson } from "./json.js";

/** What one attribute takes in a record: its values (a list of codes for a set), and null or a missing token where missing is allowed. */
export type ValueOf<A extends AttributeJson> = A extends { readonly type: "numeric" }
  ? number | MissingOf<A>
  : A extends { readonly type: "set"; readonly values: readonly (infer V)[] }
    ? readonly V[] | MissingOf<A>
    : A extends { readonly values: readonly (infer V)[] }
      ? V | MissingOf<A>
      : never;

type MissingOf<A extends AttributeJson> = A extends { readonly missing?: infer Tokens }
  ? "missing" extends keyof A
    ? NonNullable<Tokens>[number & keyof NonNullable<Tokens>] | null
    : never
  : never;

type PublicName<Json extends SchemaJson> = Exclude<
  keyof Json["attributes"] & string,
  RandomizedName<Json>
>;

/** The names of the attributes that are randomized: all but the public ones; any text where the schema is not known. */
export type RandomizedName<Json extends SchemaJson> = {
  [Name in keyof Json["attributes"] & string]: Json["attributes"][Name] extends {
    readonly type: "public";
  }
    ? never
    : Name;
}[keyof Json["attributes"] & string];

/** The names of the levels; any text where the schema is not known. */
export type LevelName<Json extends SchemaJson> = keyof Json["levels"] & string;

/**
 * A record that fits a schema. Public attributes may be left out.
 *
 * @example
 * ```ts
 * import { defineSchema, type RecordOf } from "@emrx/ldp-core";
 *
 * const schema = defineSchema({
 *   id: "visit", version: 1, levels: { usual: "1" },
 *   attributes: { smoker: { type: "categorical", values: ["no", "yes"], level: "usual" } },
 *   disclose: "all",
 * });
 * const record: RecordOf<typeof schema.json> = { smoker: "yes" };
 * record; // => { smoker: "yes" }
 * ```
 */
export type RecordOf<Json extends SchemaJson> = {
  readonly [Name in RandomizedName<Json>]: ValueOf<Json["attributes"][Name]>;
} & {
  readonly [Name in PublicName<Json>]?: ValueOf<Json["attributes"][Name]>;
};
