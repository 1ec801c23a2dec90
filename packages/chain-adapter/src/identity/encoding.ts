// Unambiguous byte strings: every part is preceded by its length, so that no two lists of parts give the same bytes.
import { LedgerError } from "../errors.js";

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
  const bytes = new TextEncoder().encode(typeof text === "string" ? text : "");
  // A lone surrogate would be encoded as U+FFFD and so meet another label.
  const wellFormed = !/\p{Surrogate}/u.test(text);
  if (bytes.length < 1 || bytes.length > 255 || !wellFormed || text.normalize("NFC") !== text) {
    throw new LedgerError(
      "EMRX_INVALID_LABEL",
      `${name} must be 1 to 255 bytes of UTF-8 in normal form C; got ${JSON.stringify(text)?.slice(0, 80)}.`,
    );
  }
  return bytes;
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
      `${name} must be a whole number from 0 to ${most}; got ${String(value)}.`,
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
    const expected =
      most === least ? `${least} bytes` : `a Uint8Array of at least ${least} random bytes`;
    throw new LedgerError(
      "EMRX_INVALID_KEY",
      `${name} must be ${expected}; got ${
        value instanceof Uint8Array ? `${value.length} bytes` : typeof value
      }.`,
    );
  }
}
