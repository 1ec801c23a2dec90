// From a value as people write it to what a mechanism takes: a category index, a number in the range, or the codes of a set.
import { part, refuse, type Visit } from "@emrx/internal/shape";
import { check } from "../errors/check.js";
import type { Value } from "../schema/any-mechanism.js";
import { codeSeparator } from "../schema/attribute.js";
import type {
  AttributeSpec,
  ListedAttribute,
  NumericAttribute,
  Schema,
  SetAttribute,
} from "../schema/schema.js";

/** Reads one attribute's values. Returns undefined for a value outside the domain. */
export type ValueReader = (value: unknown) => Value | undefined;

/** The value of a numeric attribute that is missing. */
export const missingNumber: number = Number.NaN;

/** Builds the reader of one attribute. `text` says that they come from a table, where numbers and sets may be texts. */
export function valueReader(attribute: AttributeSpec, text: boolean): ValueReader {
  if (attribute.type === "numeric") return numberReader(attribute, text);
  if (attribute.type === "set") return setReader(attribute, text);
  const indices = new Map<unknown, number>(attribute.values.map((value, index) => [value, index]));
  if (attribute.type !== "public") addMissing(attribute, text, indices, attribute.values.length);
  return (value) => indices.get(value);
}

function addMissing(
  { missing }: ListedAttribute | NumericAttribute,
  text: boolean,
  readings: Map<unknown, number>,
  reading: number,
): void {
  if (missing === undefined) return;
  for (const token of missing) readings.set(token, reading);
  if (!text) readings.set(null, reading);
}

/** A list of codes, or one text with the codes between bars; codes that come twice count once. The empty text is the empty set. */
function setReader(attribute: SetAttribute, text: boolean): ValueReader {
  const indices = new Map<unknown, number>(attribute.values.map((code, index) => [code, index]));
  const missing = new Set<unknown>(attribute.missing);
  if (attribute.missing !== undefined && !text) missing.add(null);
  return (value) => {
    if (missing.has(value)) return Uint16Array.of(attribute.values.length);
    let codes: unknown = value;
    if (text && typeof value === "string") codes = value === "" ? [] : value.split(codeSeparator);
    if (!Array.isArray(codes)) return undefined;
    const found = new Set<number>();
    for (const code of codes) {
      const index = indices.get(code);
      if (index === undefined) return undefined;
      found.add(index);
    }
    return Uint16Array.from(found).sort();
  };
}

/** Numbers are clamped to the public range; minus zero becomes zero, so that equal numbers have equal bytes. */
function numberReader(attribute: NumericAttribute, text: boolean): ValueReader {
  const [low, high] = attribute.range;
  const missing = new Map<unknown, number>();
  addMissing(attribute, text, missing, missingNumber);
  const decimal = /^\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*$/;
  return (value) => {
    if (missing.size > 0) {
      const reading = missing.get(value);
      if (reading !== undefined) return reading;
    }
    const number = text && typeof value === "string" && decimal.test(value) ? Number(value) : value;
    if (typeof number !== "number" || !Number.isFinite(number)) return undefined;
    return Math.min(high, Math.max(low, number)) + 0;
  };
}

/**
 * The values of some attributes of a record, by position in the list. Other attributes are not even looked at.
 *
 * @throws `EMRX_VALUE_OUTSIDE_DOMAIN` naming the attribute
 */
export function readValues(
  schema: Schema,
  attributes: ArrayLike<number>,
  record: unknown,
): readonly Value[] {
  const readers = readersOf(schema);
  const read = (given: unknown, visit: Visit): readonly Value[] => {
    visit.secret = true;
    if (typeof given !== "object" || given === null)
      return refuse(visit, given, "an object with a value for each attribute");
    return Array.from(attributes, (attribute) => {
      const spec = schema.attributes[attribute] as AttributeSpec;
      const value = Object.hasOwn(given, spec.name)
        ? (given as Record<string, unknown>)[spec.name]
        : undefined;
      const refused = (wrong: unknown, at: Visit): never => refuseValue(spec, false, wrong, at);
      const one = (each: unknown, at: Visit): Value =>
        readers[attribute]?.(each) ?? refused(each, at);
      return part(one, value, spec.name, visit);
    });
  };
  return check(read, record, "record", "EMRX_VALUE_OUTSIDE_DOMAIN");
}

const readerCache = /* @__PURE__ */ new WeakMap<Schema, readonly ValueReader[]>();

function readersOf(schema: Schema): readonly ValueReader[] {
  let readers = readerCache.get(schema);
  if (readers === undefined) {
    readers = schema.attributes.map((attribute) => valueReader(attribute, false));
    readerCache.set(schema, readers);
  }
  return readers;
}

/** Refuses a value outside the domain: says what was expected, never what was given. */
export function refuseValue(
  attribute: AttributeSpec,
  text: boolean,
  value: unknown,
  visit: Visit,
): never {
  visit.secret = true;
  return refuse(visit, value, domainText(attribute, text), helpFor(attribute, text, value));
}

function domainText(attribute: AttributeSpec, text: boolean): string {
  let domain = text ? "a finite number, or one as text" : "a finite number";
  if (attribute.type === "set")
    domain = `a list of codes out of ${listed(attribute.values)}${text ? `, or one text with ${codeSeparator} between them` : ""}`;
  else if (attribute.type !== "numeric") domain = `one of ${listed(attribute.values)}`;
  return attribute.missing === undefined
    ? `${domain} (missing values are not allowed)`
    : `${domain}, or missing as ${listed(attribute.missing)}`;
}

function listed(texts: readonly string[]): string {
  const shown = texts.slice(0, 12).map((text) => JSON.stringify(text));
  return texts.length > 12 ? `${shown.join(", ")}, ... (${texts.length} in all)` : shown.join(", ");
}

/** What to do, where the value would be right if it were written otherwise, as it often comes out of JSON or CSV. */
function helpFor(attribute: AttributeSpec, text: boolean, value: unknown): string | undefined {
  const reader = valueReader(attribute, text);
  const fits = (other: unknown): boolean => reader(other) !== undefined;
  const isPlain = typeof value === "number" || typeof value === "boolean";
  if (isPlain && fits(String(value))) return "Write it as text, in quotes.";
  if (typeof value !== "string") return undefined;
  if (fits(value.normalize("NFC")))
    return 'Letters and accents are apart in it: convert it by .normalize("NFC").';
  if (fits(value.normalize("NFD")))
    return 'Letters and accents are apart in the schema: convert the schema\'s values by .normalize("NFC").';
  if (value.trim() !== "" && fits(Number(value))) return "Convert it by Number(...).";
  if (fits(value.trim())) return "It has spaces around it.";
  if (fits(value.trim().replace(",", "."))) return "Write a point for a comma.";
  if (attribute.type === "set" && fits(value.split(codeSeparator)))
    return `Make a list of it: .split("${codeSeparator}").`;
  return attribute.type !== "numeric" && attribute.values.some((each) => alike(each, value))
    ? "It differs from one of them in capital letters or spaces only."
    : undefined;
}

const alike = (a: string, b: string): boolean => bare(a) === bare(b);

const bare = (text: string): string => text.normalize("NFC").toLowerCase().replace(/\s/g, "");
