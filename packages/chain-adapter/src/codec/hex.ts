// Bytes of hexadecimal text that must be right.
import { fromHex as bytesOf } from "@emrx/internal/bytes";
import { LedgerError } from "../errors.js";

/** Bytes of lowercase hexadecimal; throws `EMRX_NOT_CANONICAL` for anything else. */
export function fromHex(text: string): Uint8Array<ArrayBuffer> {
  const bytes = bytesOf(text);
  if (bytes !== undefined) return bytes;
  throw new LedgerError(
    "EMRX_NOT_CANONICAL",
    `not lowercase hexadecimal: ${String(text).slice(0, 80)}`,
  );
}
