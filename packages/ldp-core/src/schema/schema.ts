// A schema after it was checked: plain frozen data with everything that follows from the JSON form worked out.
import { fromHex } from "@emrx/internal/bytes";
import { LdpError } from "../errors/ldp-error.js";
import type { ListedMechanism, NumberMechanism, SchemaJson } from "./json.js";

/** A named privacy level. */
export interface Level {
  readonly name: string;
  /** The epsilon of the level, a canonical decimal. */
  readonly epsilon: string;
}

/** What every attribute has. */
interface AttributeBase {
  readonly name: string;
  /** The position in the schema, from 0; it stands for the attribute in reports. */
  readonly index: number;
  /** The column of the table that holds it. */
  readonly column: string;
}

/** A categorical or an ordinal attribute. */
export interface ListedAttribute extends AttributeBase {
  readonly type: "categorical" | "ordinal";
  /** The index of its default level in `schema.levels`. */
  readonly level: number;
  readonly values: readonly string[];
  /** The tokens that mean missing, or undefined where a value must be there. */
  readonly missing: readonly string[] | undefined;
  /** The size of the randomized domain: the values and, last, "missing" where it is allowed. */
  readonly categories: number;
  /** The mechanism that the schema asks for. */
  readonly mechanism: ListedMechanism | undefined;
}

/** A numeric attribute. */
export interface NumericAttribute extends AttributeBase {
  readonly type: "numeric";
  /** The index of its default level in `schema.levels`. */
  readonly level: number;
  readonly range: readonly [number, number];
  /** The tokens that mean missing, or undefined where a value must be there. */
  readonly missing: readonly string[] | undefined;
  /** The mechanism that the schema asks for. */
  readonly mechanism: NumberMechanism | undefined;
}

/** A set of codes. */
export interface SetAttribute extends AttributeBase {
  readonly type: "set";
  /** The index of its default level in `schema.levels`. */
  readonly level: number;
  /** The codes that a set may hold. */
  readonly values: readonly string[];
  /** The most codes that a set counts with. */
  readonly atMost: number;
  /** The tokens that mean missing, or undefined where a set, be it empty, must be there. */
  readonly missing: readonly string[] | undefined;
  /** The size of the randomized domain: the codes and, last, "missing" where it is allowed. */
  readonly categories: number;
}

/** A public attribute: checked, never randomized, never in a report. */
export interface PublicAttribute extends AttributeBase {
  readonly type: "public";
  /** Always -1: it has no level. */
  readonly level: -1;
  readonly values: readonly string[];
  readonly missing: undefined;
}

/** One attribute of a checked schema. */
export type AttributeSpec = ListedAttribute | NumericAttribute | SetAttribute | PublicAttribute;

/** The composition rule of a checked schema. */
export type Disclosure =
  | { readonly rule: "all" }
  | { readonly rule: "sample"; readonly sample: number }
  | {
      readonly rule: "budget";
      /** The budget of a whole record, a canonical decimal. */
      readonly budget: string;
      /** The share of each attribute by index, canonical decimals that sum to at most `budget`; "0" for public ones. */
      readonly shares: readonly string[];
    };

/** A checked schema. Made by {@link defineSchema} only. */
export interface Schema<Json extends SchemaJson = SchemaJson> {
  readonly id: string;
  readonly version: number;
  /** SHA-256 of the canonical form: 64 hexadecimal digits. Equal hash, equal meaning. */
  readonly hash: string;
  readonly subject: Json["subject"] | undefined;
  /** The levels by decreasing epsilon; equal ones by name. */
  readonly levels: readonly Level[];
  /** The attributes in the order of the JSON form. */
  readonly attributes: readonly AttributeSpec[];
  readonly disclose: Disclosure;
  /** What a report at a level below an attribute's own is. */
  readonly lowerLevels: "independent" | "derived";
  /** The JSON form it was made from, copied and frozen. */
  readonly json: Json;
}

/** The 32 bytes of a schema's hash. */
export function schemaHashOf({ hash }: Pick<Schema, "hash">): Uint8Array<ArrayBuffer> {
  const bytes = fromHex(hash);
  if (bytes?.length === 32) return bytes;
  throw new LdpError(
    "EMRX_BAD_PARAMETER",
    "schema.hash is not 64 lowercase hexadecimal digits; pass what defineSchema returned",
  );
}
