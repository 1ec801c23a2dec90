// Checks one attribute of a schema's JSON form.
import { LdpError } from "../errors/ldp-error.js";
import {
  distinctTextsAt,
  invalid,
  type Members,
  member,
  objectAt,
  oneOf,
  show,
  textAt,
} from "./check.js";
import type { ListedMechanism, NumberMechanism } from "./json.js";
import type { AttributeSpec } from "./schema.js";

const settings = {
  categorical: ["type", "values", "level", "column", "missing", "mechanism"],
  ordinal: ["type", "values", "level", "column", "missing", "mechanism"],
  numeric: ["type", "range", "level", "column", "missing", "mechanism"],
  set: ["type", "values", "atMost", "level", "column", "missing"],
  public: ["type", "values", "column"],
} as const;

/** The mechanisms that the schema of a listed attribute may name. */
export const listedMechanisms: readonly ListedMechanism[] = [
  "grr",
  "oue",
  "sue",
  "olh",
  "blh",
  "ss",
  "hr",
  "pgr",
];

/** The mechanisms that the schema of a numeric attribute may name. */
export const numberMechanisms: readonly NumberMechanism[] = ["window", "duchi", "window-mixture"];

/** Stands between the codes of a set that is written as one text. */
export const codeSeparator = "|";

/** The checked form of `attributes.<name>`. `levels` are the names of the levels, in their final order. */
export function attributeAt(
  name: string,
  index: number,
  json: unknown,
  levels: readonly string[],
): AttributeSpec {
  const path = member("attributes", name);
  const { type } = objectAt(path, json);
  if (!isType(type))
    throw invalid(`${path}.type`, `one of ${Object.keys(settings).join(", ")}`, type);
  const members = objectAt(path, json, settings[type]);
  const { column: columnJson, values: valuesJson, missing: missingJson } = members;
  const column = columnJson === undefined ? name : textAt(`${path}.column`, columnJson);
  const base = { name, index, column };

  if (type === "public")
    return {
      ...base,
      type,
      level: -1,
      values: distinctTextsAt(`${path}.values`, valuesJson, 1),
      missing: undefined,
    };
  const level = levelAt(path, members, levels);
  const missing =
    missingJson === undefined ? undefined : distinctTextsAt(`${path}.missing`, missingJson, 1);
  if (type === "numeric") {
    const range = rangeAt(path, members);
    const mechanism = oneOf(`${path}.mechanism`, numberMechanisms, members["mechanism"]);
    if (mechanism === "window-mixture" && missing !== undefined)
      throw invalid(`${path}.mechanism`, "window or duchi, where values may be missing", mechanism);
    return { ...base, type, level, range, missing, mechanism };
  }

  // One value and "missing" make a domain of two.
  const values = distinctTextsAt(`${path}.values`, valuesJson, missing === undefined ? 2 : 1);
  for (const [i, token] of (missing ?? []).entries())
    if (values.includes(token))
      throw invalid(`${path}.missing[${i}]`, "a token that is not among the values", token);
  const categories = values.length + (missing === undefined ? 0 : 1);
  if (type === "set") {
    for (const [i, code] of values.entries())
      if (code === "" || code.includes(codeSeparator))
        throw invalid(`${path}.values[${i}]`, `a code without ${codeSeparator}, not empty`, code);
    return { ...base, type, level, values, atMost: atMostAt(path, members), missing, categories };
  }
  const mechanism = oneOf(`${path}.mechanism`, listedMechanisms, members["mechanism"]);
  return { ...base, type, level, values, missing, categories, mechanism };
}

function isType(type: unknown): type is keyof typeof settings {
  return typeof type === "string" && Object.hasOwn(settings, type);
}

function atMostAt(path: string, { atMost }: Members): number {
  if (typeof atMost !== "number" || !Number.isInteger(atMost) || atMost < 1 || atMost > 64)
    throw invalid(`${path}.atMost`, "a whole number from 1 to 64", atMost);
  return atMost;
}

function levelAt(path: string, { level: name }: Members, levels: readonly string[]): number {
  const level = typeof name === "string" ? levels.indexOf(name) : -1;
  if (level >= 0) return level;
  throw new LdpError(
    "EMRX_UNKNOWN_LEVEL",
    `schema: ${path}.level: unknown level ${show(name)}; expected one of ${levels.join(", ")}`,
  );
}

function rangeAt(path: string, members: Members): readonly [number, number] {
  const { range } = members;
  if (!Array.isArray(range) || range.length !== 2)
    throw invalid(`${path}.range`, "[lowest, highest]", range);
  for (const [i, bound] of range.entries())
    if (typeof bound !== "number" || !Number.isFinite(bound))
      throw invalid(`${path}.range[${i}]`, "a finite number", bound);
  const [low, high] = range as [number, number];
  if (!(low < high)) throw invalid(`${path}.range`, "lowest < highest", range);
  if (!Number.isFinite(high - low)) throw invalid(`${path}.range`, "a width that is finite", range);
  return [low, high];
}
