// Canonical JSON: one value, one sequence of bytes, so that hashes and signatures mean the same everywhere.
// It is the subset of RFC 8785 (JSON Canonicalization Scheme) with integers only and with strings in Unicode
// normal form C; amounts and other large integers are decimal strings, bytes are lowercase hexadecimal.
import { isWellFormed } from "@emrx/internal/bytes";
import { LedgerError } from "../errors.js";

/** A value that has a canonical encoding. Numbers are safe integers. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

/** An object of canonical values. */
export interface JsonObject {
  readonly [key: string]: Json;
}

/** Deeper values are refused, so that no input can exhaust the stack. */
const DEEPEST = 32;

function fail(path: string, problem: string): never {
  throw new LedgerError("EMRX_NOT_CANONICAL", `${path || "value"}: ${problem}`);
}

function writeString(text: string, path: string): string {
  if (!isWellFormed(text)) fail(path, "a lone surrogate is not Unicode text");
  if (text.normalize("NFC") !== text) fail(path, "text must be in Unicode normal form C");
  return JSON.stringify(text); // for well-formed text this is the escaping of RFC 8785 section 3.2.2.2
}

function write(value: unknown, path: string, depth: number): string {
  if (depth > DEEPEST) fail(path, `nested deeper than ${DEEPEST} levels`);
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "string") return writeString(value, path);
  if (typeof value === "number") {
    if (!Number.isSafeInteger(value) || Object.is(value, -0)) {
      fail(
        path,
        "a number that is not a safe integer; give large or fractional numbers as decimal strings",
      );
    }
    return String(value);
  }
  if (Array.isArray(value)) {
    return `[${value.map((item, i) => write(item, `${path}[${i}]`, depth + 1)).join(",")}]`;
  }
  if (typeof value !== "object") fail(path, `a ${typeof value} has no canonical encoding`);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null)
    fail(path, "only plain objects are encoded");
  const members: string[] = [];
  // The default order of sort() is by UTF-16 code units, as RFC 8785 section 3.2.3 asks.
  for (const key of Object.keys(value).sort()) {
    const member = (value as Record<string, unknown>)[key];
    if (member === undefined) continue;
    const name = path === "" ? key : `${path}.${key}`;
    members.push(`${writeString(key, name)}:${write(member, name, depth + 1)}`);
  }
  return `{${members.join(",")}}`;
}

/**
 * The canonical text of a value.
 *
 * @param value null, booleans, safe integers, text in normal form C, arrays and plain objects of these; members that
 * are `undefined` are left out
 * @returns text without white space, members sorted by key
 * @throws LedgerError `EMRX_NOT_CANONICAL`, naming the place, for anything else
 * @see RFC 8785
 * @example
 * ```ts
 * import { encodeCanonical } from "@emrx/chain-adapter/codec";
 *
 * new TextDecoder().decode(encodeCanonical({ b: 1, a: ["x", null] })); // => '{"a":["x",null],"b":1}'
 * encodeCanonical({ price: 0.5 }); // throws EMRX_NOT_CANONICAL
 * ```
 */
export function canonicalText(value: unknown): string {
  return write(value, "", 0);
}

/**
 * The canonical bytes of a value: its canonical text in UTF-8.
 *
 * @param value as for `canonicalText`
 * @returns UTF-8 bytes
 * @throws LedgerError `EMRX_NOT_CANONICAL`, naming the place, for a value without canonical encoding
 * @see RFC 8785
 * @example
 * ```ts
 * import { encodeCanonical } from "@emrx/chain-adapter/codec";
 *
 * encodeCanonical([]); // => Uint8Array.of(0x5b, 0x5d)
 * ```
 */
export function encodeCanonical(value: unknown): Uint8Array<ArrayBuffer> {
  try {
    return new TextEncoder().encode(canonicalText(value)) as Uint8Array<ArrayBuffer>;
  } catch (cause) {
    if (cause instanceof LedgerError) throw cause;
    throw new LedgerError("EMRX_NOT_CANONICAL", "value: it cannot be read", { cause });
  }
}

/**
 * Reads canonical bytes. Strict: any bytes other than the canonical ones of some value are refused, so that two
 * byte strings never mean the same.
 *
 * @param bytes UTF-8 bytes of canonical text
 * @returns the value
 * @throws LedgerError `EMRX_NOT_CANONICAL` for any other bytes
 * @see RFC 8785
 * @example
 * ```ts
 * import { decodeCanonical, encodeCanonical } from "@emrx/chain-adapter/codec";
 *
 * decodeCanonical(encodeCanonical({ a: 1 })); // => { a: 1 }
 * decodeCanonical(new TextEncoder().encode('{ "a": 1 }')); // throws EMRX_NOT_CANONICAL
 * ```
 */
export function decodeCanonical(bytes: Uint8Array): Json {
  let text: string;
  let value: unknown;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    value = JSON.parse(text);
  } catch (cause) {
    throw new LedgerError("EMRX_NOT_CANONICAL", "bytes: not JSON in UTF-8", { cause });
  }
  // Writing it again finds white space, other escapes or number forms, unsorted or repeated keys, all at once.
  if (canonicalText(value) !== text) {
    fail("bytes", "JSON, but not in canonical form (sorted keys, no white space, plain integers)");
  }
  return value as Json;
}
