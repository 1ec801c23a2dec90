// The JSON form of a schema: what a person writes by hand, keeps in a file and puts on a ledger.

/** The mechanisms that a listed attribute can have. */
export type ListedMechanism = "grr" | "oue" | "sue" | "olh" | "blh" | "ss" | "hr" | "pgr";

/** The mechanisms that a numeric attribute can have; `"window-mixture"` has no missing values. */
export type NumberMechanism = "window" | "duchi" | "window-mixture";

/** A categorical or an ordinal attribute: one of a fixed list of values. */
export interface ListedAttributeJson {
  /** `ordinal` says that the order of `values` means something; both are randomized alike. */
  readonly type: "categorical" | "ordinal";
  /** The public domain, fixed beforehand. Taking it from the data would leak the data. */
  readonly values: readonly string[];
  /** The name of the attribute's default privacy level. */
  readonly level: string;
  /** The column of the table, where it differs from the attribute's name. */
  readonly column?: string;
  /** The tokens that mean "missing"; with them, missing is one more value of the randomized domain. */
  readonly missing?: readonly string[];
  /** The mechanism, at every level; the rule of `mechanismFor` chooses one for each level unless given. */
  readonly mechanism?: ListedMechanism;
}

/** A numeric attribute: a number in a fixed range; numbers outside are clamped to it. */
export interface NumericAttributeJson {
  readonly type: "numeric";
  /** The public range `[lowest, highest]`, fixed beforehand. */
  readonly range: readonly [number, number];
  /** The name of the attribute's default privacy level. */
  readonly level: string;
  /** The column of the table, where it differs from the attribute's name. */
  readonly column?: string;
  /** The tokens that mean "missing"; with them, missing is one more symbol of the randomized domain. */
  readonly missing?: readonly string[];
  /** The mechanism, at every level; the best window for each level unless given. */
  readonly mechanism?: NumberMechanism;
}

/** A set of codes, such as all diagnoses of a visit. One budget pays for the whole set, its size included. */
export interface SetAttributeJson {
  readonly type: "set";
  /** The public list of codes, fixed beforehand, none empty and none with a `|`. */
  readonly values: readonly string[];
  /** The most codes that a person's set counts with, 1 to 64; of a larger set a random part is taken. */
  readonly atMost: number;
  /** The name of the attribute's default privacy level. */
  readonly level: string;
  /** The column of the table, where it differs from the attribute's name. */
  readonly column?: string;
  /** The tokens that mean "missing", which differs from "no codes"; with them, missing is one more code of the domain. */
  readonly missing?: readonly string[];
}

/** An attribute that everybody may know: never randomized, never part of a report. */
export interface PublicAttributeJson {
  readonly type: "public";
  /** The values it may take. */
  readonly values: readonly string[];
  /** The column of the table, where it differs from the attribute's name. */
  readonly column?: string;
}

/** One attribute in the JSON form of a schema. */
export type AttributeJson =
  | ListedAttributeJson
  | NumericAttributeJson
  | SetAttributeJson
  | PublicAttributeJson;

/**
 * The record-level composition rule: every attribute; `sample` of them, chosen uniformly at random for each record without
 * looking at it; or every attribute, with one `budget` for the whole record divided among them so that the weighted sum
 * of their variances is least, no attribute getting more than its level's epsilon.
 */
export type DiscloseJson =
  | "all"
  | { readonly sample: number }
  | {
      readonly budget: string | number;
      /** How much the error of an attribute matters; 1 unless given. */
      readonly weights?: { readonly [attribute: string]: number };
    };

/** Where records repeat a person: the column that names the person, and which of their records to keep. */
export interface SubjectJson {
  /** The column that names the person (the unit of protection). */
  readonly column: string;
  /** Keep one record a person: the one with the lowest number in this column. */
  readonly keep?: { readonly lowest: string };
}

/** The JSON form of a schema. The order of the attributes is part of it. */
export interface SchemaJson {
  /** Where an editor finds the JSON Schema of this file (`@emrx/ldp-core/schema.json`); not part of its meaning. */
  readonly $schema?: string;
  readonly id: string;
  readonly version: number;
  readonly subject?: SubjectJson;
  /** Privacy levels: name to epsilon (a decimal). */
  readonly levels: { readonly [name: string]: string | number };
  readonly attributes: { readonly [name: string]: AttributeJson };
  readonly disclose: DiscloseJson;
  /**
   * What an attribute's report at a level below its own is. `"independent"` (the default): a randomization of its own, so a record has
   * one level. `"derived"`: what is left of the report at the attribute's own level (see `degradationChain`), so that one record can be
   * released at several levels and costs the highest of them only.
   */
  readonly lowerLevels?: "independent" | "derived";
}
