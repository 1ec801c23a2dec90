// Unambiguous byte strings: every part is preceded by its length, so that no two lists of parts give the same bytes.
import { LedgerError } from "../errors.js";

/** A value in a message: texts with quotes and cut short, numbers as they are, of everything else the kind. */
export function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.slice(0, 80));
  return typeof value === "number" ? String(value) : typeof value;
}

/** A whole number as 8 bytes, big endian. */
export function uint64(value: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value));
  return bytes;
}

/** Each part as 4 bytes of length, big endian, and the part itself. */
export function lengthPrefixed(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + 4 + part.length, 0));
  const view = new DataView(out.buffer);
  let at = 0;
  for (const part of parts) {
    view.setUint32(at, part.length);
    out.set(part, at + 4);
    at += 4 + part.length;
  }
  return out;
}

/** UTF-8 of a text; code `EMRX_INVALID_LABEL` unless it is 1 to 255 bytes of well-formed Unicode in normal form C. */
export function labelBytes(name: string, text: string): Uint8Array<ArrayBuffer> {
  if (typeof text === "string") {
    const bytes = new TextEncoder().encode(text);
    // A lone surrogate would be encoded as U+FFFD and so meet another label.
    const clean = text.normalize("NFC") === text && !/\p{Surrogate}/u.test(text);
    if (bytes.length >= 1 && bytes.length <= 255 && clean) return bytes;
  }
  throw new LedgerError(
    "EMRX_INVALID_LABEL",
    `${name} must be 1 to 255 bytes of UTF-8 in normal form C; got ${shown(text)}.`,
  );
}

/** Throws `EMRX_INVALID_LABEL` unless the value is a whole number from 0 to `most`. */
export function requireNumber(
  name: string,
  value: number,
  most: number = Number.MAX_SAFE_INTEGER,
): void {
  if (!Number.isSafeInteger(value) || value < 0 || value > most) {
    throw new LedgerError(
      "EMRX_INVALID_LABEL",
      `${name} must be a whole number from 0 to ${most}; got ${shown(value)}.`,
    );
  }
}

/** Throws `EMRX_INVALID_KEY` unless the value is `least` to `most` bytes. */
export function requireKey(
  name: string,
  value: Uint8Array,
  least: number,
  most: number = least,
): void {
  if (!(value instanceof Uint8Array) || value.length < least || value.length > most) {
    const more =
      most === least ? "" : most === Number.MAX_SAFE_INTEGER ? " or more" : ` to ${most}`;
    const got = value instanceof Uint8Array ? `${value.length} bytes` : shown(value);
    throw new LedgerError("EMRX_INVALID_KEY", `${name} must be ${least}${more} bytes; got ${got}.`);
  }
}
