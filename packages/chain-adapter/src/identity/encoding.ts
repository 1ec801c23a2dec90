// Unambiguous byte strings: every part is preceded by its length, so that no two lists of parts give the same bytes.
import { ByteWriter } from "@emrx/internal/cursor";
import { bytes, coded, integer, type Shape, satisfying, secret, text } from "@emrx/internal/shape";
import { check } from "../errors/check.js";
import { LedgerError } from "../errors.js";

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

/** A name that keys are bound to. */
export const label: Shape<string> = /* @__PURE__ */ coded(
  "EMRX_INVALID_LABEL",
  /* @__PURE__ */ satisfying(
    /* @__PURE__ */ text({ normal: true }),
    (value) => value.length > 0 && new TextEncoder().encode(value).length <= 255,
    "a text of 1 to 255 bytes of UTF-8",
  ),
);

/** UTF-8 of a label; throws `EMRX_INVALID_LABEL` unless it is 1 to 255 bytes of well-formed Unicode in normal form C. */
export const labelBytes = (name: string, value: string): Uint8Array<ArrayBuffer> =>
  new TextEncoder().encode(check(label, value, name)) as Uint8Array<ArrayBuffer>;

/** Throws `EMRX_INVALID_LABEL` unless the value is a whole number from 0 to `most`. */
export function requireNumber(name: string, value: number, most?: number): void {
  check(integer(0, most), value, name, "EMRX_INVALID_LABEL");
}

/** Throws `EMRX_INVALID_KEY` unless the value is `least` to `most` bytes. */
export function requireKey(
  name: string,
  value: Uint8Array,
  least: number,
  most: number = least,
): void {
  check(secret(bytes(least, most)), value, name, "EMRX_INVALID_KEY");
}

/** Throws `EMRX_INVALID_OPTION` unless the value is bytes. */
export function requireMessage(message: Uint8Array): void {
  check(bytes(), message, "message");
}
