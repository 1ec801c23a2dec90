// Unambiguous byte strings: every part is preceded by its length, so that no two lists of parts give the same bytes.
import { toUtf8 } from "@emrx/internal/bytes";
import { ByteWriter } from "@emrx/internal/cursor";
import { LedgerError } from "../errors.js";

/** A value in a message: texts with quotes and cut short, numbers as they are, of everything else the kind. */
export function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.slice(0, 80));
  return typeof value === "number" ? String(value) : typeof value;
}

const unwritable = (message: string): LedgerError => new LedgerError("EMRX_INVALID_LABEL", message);

/** A whole number as 8 bytes, big endian. */
export const uint64 = (value: number): Uint8Array<ArrayBuffer> =>
  new ByteWriter("big", unwritable, 8).u64(value).finish();

/** Each part as 4 bytes of length, big endian, and the part itself. */
export function lengthPrefixed(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter("big", unwritable);
  for (const part of parts) writer.sized(4, part);
  return writer.finish();
}

/** UTF-8 of a text; code `EMRX_INVALID_LABEL` unless it is 1 to 255 bytes of well-formed Unicode in normal form C. */
export function labelBytes(name: string, text: string): Uint8Array<ArrayBuffer> {
  if (typeof text === "string") {
    // A lone surrogate would be encoded as U+FFFD and so meet another label.
    const bytes = text.normalize("NFC") === text ? toUtf8(text) : undefined;
    if (bytes !== undefined && bytes.length >= 1 && bytes.length <= 255) return bytes;
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
