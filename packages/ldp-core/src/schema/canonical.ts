// One text for one JSON value, whatever the order of keys: the JSON Canonicalization Scheme (RFC 8785).

/** A value that JSON can hold. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/**
 * The canonical text of a JSON value, as RFC 8785 lays down: keys sorted by UTF-16 code units, no white space, numbers
 * and strings as ECMAScript writes them. `JSON.stringify` does the last two by definition (RFC 8785, section 3.2.2).
 */
export function canonicalJson(value: JsonValue): string {
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  const members = Object.keys(value)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key] as JsonValue)}`);
  return `{${members.join(",")}}`;
}

const isArray = (value: JsonValue): value is readonly JsonValue[] => Array.isArray(value);
