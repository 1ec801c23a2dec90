// The type of a schema from the type of an imported JSON file: its names are known, its texts and numbers are wide.
import type { AttributeJson, SchemaJson } from "./json.js";

/**
 * What the compiler knows of a schema whose JSON has a type: attributes and levels by name, an attribute's kind by its members, values
 * where they are literal. {@link SchemaJson} where it knows nothing.
 */
export type ImportedSchema<Json> = Json extends {
  readonly attributes: infer Attributes extends object;
  readonly levels: infer Levels extends object;
}
  ? Omit<SchemaJson, "attributes" | "levels"> & {
      readonly levels: { readonly [Name in keyof Levels & string]: string | number };
      readonly attributes: {
        readonly [Name in keyof Attributes & string]: ImportedAttribute<Attributes[Name]>;
      };
    }
  : SchemaJson;

type ImportedAttribute<A> = A extends AttributeJson
  ? A
  : A extends { readonly range: unknown }
    ? { readonly type: "numeric"; readonly range: readonly [number, number] } & Common<A>
    : A extends { readonly atMost: number }
      ? { readonly type: "set"; readonly atMost: number } & Listed<A>
      : A extends { readonly level: unknown }
        ? { readonly type: "categorical" | "ordinal" } & Listed<A>
        : A extends { readonly values: unknown }
          ? { readonly type: "public"; readonly values: readonly string[] }
          : AttributeJson;

type Listed<A> = { readonly values: readonly string[] } & Common<A>;

type Common<A> = { readonly level: string } & ("missing" extends keyof A
  ? { readonly missing?: readonly string[] }
  : unknown);
