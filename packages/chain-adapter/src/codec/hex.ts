// Bytes to lowercase hexadecimal and back.
import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import { LedgerError } from "../errors.js";

/** Lowercase hexadecimal of bytes. */
export function toHex(bytes: Uint8Array): string {
  return bytesToHex(bytes);
}

/** Bytes of lowercase hexadecimal; throws `EMRX_NOT_CANONICAL` for anything else. */
export function fromHex(text: string): Uint8Array<ArrayBuffer> {
  if (typeof text !== "string" || !/^(?:[0-9a-f]{2})*$/.test(text)) {
    throw new LedgerError(
      "EMRX_NOT_CANONICAL",
      `not lowercase hexadecimal: ${String(text).slice(0, 80)}`,
    );
  }
  return hexToBytes(text) as Uint8Array<ArrayBuffer>;
}
