// The bytes of a state that has several parts, such as one for each group of people or level of a tree.
import { ByteReader, ByteWriter } from "@emrx/internal/cursor";
import { LdpError } from "../errors/ldp-error.js";

/** Version of the format. */
const VERSION = 1;

/**
 * Integers least significant byte first:
 *
 * | bytes | content |
 * |---|---|
 * | 1 | version, 1 |
 * | 2 | length L of the identity |
 * | L | identity, UTF-8: mechanism and parameters |
 * | 8 | length of the first part |
 * | | the first part; then length and bytes of each further one |
 */
export function frame(identity: string, parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const size = parts.reduce((sum, part) => sum + 8 + part.length, 3 + 3 * identity.length);
  const writer = new ByteWriter("little", malformed(identity), size);
  writer.u8(VERSION).sizedText(2, identity, "the identity");
  for (const part of parts) writer.sized(8, part);
  return writer.finish();
}

/** The parts of what `frame` wrote for this identity, as many as are expected, and nothing else. @throws EMRX_MALFORMED_STATE */
export function unframe(
  identity: string,
  count: number,
  bytes: Uint8Array,
): Uint8Array<ArrayBuffer>[] {
  const fail = malformed(identity);
  const reader = new ByteReader(bytes, "little", fail);
  reader.expect(frame(identity, []), "the version and identity of this mechanism");
  const parts = Array.from({ length: count }, (_, i) => reader.sized(8, `part ${i} of ${count}`));
  reader.end();
  return parts;
}

const malformed =
  (identity: string) =>
  (problem: string): LdpError =>
    new LdpError("EMRX_MALFORMED_STATE", `not a state of ${identity}: ${problem}`);
