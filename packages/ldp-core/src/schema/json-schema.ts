// A JSON Schema for the schema file, so that editors complete and check it while it is written.
import { listedMechanisms, numberMechanisms } from "./attribute.js";
import type { JsonValue } from "./canonical.js";

/**
 * The JSON Schema (draft 2020-12) of the JSON form that {@link defineSchema} reads. It says what can be said without looking at
 * two places at once; `defineSchema` checks the rest (a level that is named must be there, a value must not be listed
 * twice as missing, ...). The package holds it as a file, `@emrx/ldp-core/schema.json`: name that in a schema file as `"$schema"`, and
 * editors complete and check what is written.
 *
 * @returns plain JSON, a new copy each time
 * @example
 * ```ts
 * import { schemaJsonSchema } from "@emrx/ldp-core/schema";
 *
 * Object.keys(schemaJsonSchema()).includes("$schema"); // => true
 * ```
 */
export function schemaJsonSchema(): { readonly [key: string]: JsonValue } {
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "emrx schema",
    description:
      "The attributes of a record, their public domains and privacy levels, and what of a record is disclosed.",
    ...object(["id", "version", "levels", "attributes", "disclose"], {
      $schema: {
        type: "string",
        minLength: 1,
        maxLength: 1000,
        description: "Where the editor finds this JSON Schema.",
      },
      id: { ...text, description: "Names the schema." },
      version: { type: "integer", minimum: 1, description: "Counts up with every change." },
      subject: {
        description: "Where records repeat a person: the column that names the person.",
        ...object(["column"], {
          column: text,
          keep: {
            description: "Keep one record a person: the one with the lowest number in this column.",
            ...object(["lowest"], { lowest: text }),
          },
        }),
      },
      levels: {
        description:
          "Privacy levels: name to epsilon, the largest factor e^epsilon by which a report may give a value away.",
        type: "object",
        minProperties: 1,
        maxProperties: 255,
        propertyNames: name,
        additionalProperties: epsilon(32),
      },
      attributes: {
        description: "The attributes, in the order that stands for them in reports.",
        type: "object",
        minProperties: 1,
        maxProperties: 65535,
        propertyNames: name,
        additionalProperties: { oneOf: [listed(), numeric(), codeSet(), open()] },
      },
      lowerLevels: {
        enum: ["independent", "derived"],
        description:
          "Derived: one record can be released at several levels and costs the highest of them.",
      },
      disclose: {
        description: "What of a record is disclosed: the record-level composition rule.",
        oneOf: [
          {
            const: "all",
            description: "Every attribute; a record costs the sum of their epsilons.",
          },
          {
            description:
              "So many attributes, drawn at random; a record costs the sum of the largest epsilons.",
            ...object(["sample"], { sample: { type: "integer", minimum: 1 } }),
          },
          {
            description: "Every attribute, with one budget for the record split among them.",
            ...object(["budget"], {
              budget: epsilon(9999),
              weights: {
                description: "How much the error of an attribute matters; 1 unless given.",
                type: "object",
                additionalProperties: { type: "number", minimum: 1e-6, maximum: 1e6 },
              },
            }),
          },
        ],
      },
    }),
  };
}

type Json = { readonly [key: string]: JsonValue };

const text: Json = { type: "string", minLength: 1, maxLength: 200 };
/** JavaScript would move whole numbers to the front, and the order of the file would be lost. */
const name: Json = {
  type: "string",
  minLength: 1,
  maxLength: 200,
  not: { pattern: "^(0|[1-9][0-9]*|__proto__)$" },
};
const texts = (fewest: number): Json => ({
  type: "array",
  items: { type: "string" },
  minItems: fewest,
  uniqueItems: true,
});

/** An object with these members and no others. */
function object(required: readonly string[], properties: Json): Json {
  return { type: "object", required, properties, additionalProperties: false };
}

function epsilon(most: number): Json {
  return {
    oneOf: [
      { type: "number", exclusiveMinimum: 0, maximum: most },
      {
        type: "string",
        pattern: "^([0-9]{1,40}([.][0-9]{1,40})?|[0-9]([.][0-9]{1,20})?e-?[0-9]{1,2})$",
      },
    ],
  };
}

const column = (): Json => ({
  ...text,
  description: "The table's column, where it differs from the name.",
});

const shared = (): Json => ({
  level: { type: "string", description: "The name of the default privacy level." },
  column: column(),
  missing: {
    ...texts(1),
    description: "Tokens that mean missing; missing is then one more value.",
  },
});

const chosenBy: Json = { description: "The mechanism, where the rule is not to choose it." };

function listed(): Json {
  const type = { enum: ["categorical", "ordinal"] };
  const values = { ...texts(1), description: "The public domain, fixed beforehand." };
  const mechanism = { ...chosenBy, enum: listedMechanisms };
  return object(["type", "values", "level"], { type, values, mechanism, ...shared() });
}

function numeric(): Json {
  const range = {
    type: "array",
    prefixItems: [{ type: "number" }, { type: "number" }],
    items: false,
    minItems: 2,
    description: "Lowest and highest; numbers outside are clamped.",
  };
  const mechanism = { ...chosenBy, enum: numberMechanisms };
  const type = { const: "numeric" };
  return object(["type", "range", "level"], { type, range, mechanism, ...shared() });
}

function codeSet(): Json {
  const values = {
    type: "array",
    items: { type: "string", minLength: 1, pattern: "^[^|]*$" },
    minItems: 1,
    uniqueItems: true,
    description: "The public list of codes, fixed beforehand.",
  };
  const atMost = {
    type: "integer",
    minimum: 1,
    maximum: 64,
    description: "The most codes that a set counts with; of a larger set a random part is taken.",
  };
  const type = { const: "set" };
  return object(["type", "values", "atMost", "level"], { type, values, atMost, ...shared() });
}

function open(): Json {
  return {
    description: "Known to everybody: never randomized, never in a report.",
    ...object(["type", "values"], {
      type: { const: "public" },
      values: texts(1),
      column: column(),
    }),
  };
}
