// A key as bytes.
import { toUtf8 } from "@emrx/internal/bytes";
import { LdpError } from "../errors/ldp-error.js";

/** UTF-8 of a key. An encoder would make one of all lone surrogates, and two keys would share an entry. */
export function storeKeyBytes(key: string): Uint8Array<ArrayBuffer> {
  const bytes = toUtf8(key);
  if (bytes !== undefined) return bytes;
  throw new LdpError("EMRX_BAD_PARAMETER", "key has a lone surrogate; expected well-formed text");
}
