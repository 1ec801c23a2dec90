// Schemas: attributes with levels, checked; what a person discloses; and how two versions compare.

export type { Mechanism } from "./schema/any-mechanism.js";
export { defineSchema, parseSchema } from "./schema/define.js";
export type { AttributeChange, SchemaChange } from "./schema/evolution.js";
export { compareSchemas } from "./schema/evolution.js";
export type { ImportedSchema } from "./schema/imported-type.js";
export type {
  AttributeJson,
  DiscloseJson,
  ListedAttributeJson,
  ListedMechanism,
  NumberMechanism,
  NumericAttributeJson,
  PublicAttributeJson,
  SchemaJson,
  SetAttributeJson,
  SubjectJson,
} from "./schema/json.js";
export { schemaJsonSchema } from "./schema/json-schema.js";
export { epsilonOf, mechanismOf } from "./schema/mechanism.js";
export type { Policy, Preferences } from "./schema/policy.js";
export { policyAt, policyFor } from "./schema/policy.js";
export type { LevelName, RandomizedName, RecordOf, ValueOf } from "./schema/record-type.js";
export type {
  AttributeSpec,
  Disclosure,
  Level,
  ListedAttribute,
  NumericAttribute,
  PublicAttribute,
  Schema,
  SetAttribute,
} from "./schema/schema.js";
