// The bytes of a state that has several parts, such as one for each group of people or level of a tree.
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
export function frame(identity: string, parts: readonly Uint8Array[]): Uint8Array {
  const name = new TextEncoder().encode(identity);
  const size = parts.reduce((sum, part) => sum + 8 + part.length, 3 + name.length);
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, VERSION);
  view.setUint16(1, name.length, true);
  bytes.set(name, 3);
  let at = 3 + name.length;
  for (const part of parts) {
    view.setBigUint64(at, BigInt(part.length), true);
    bytes.set(part, at + 8);
    at += 8 + part.length;
  }
  return bytes;
}

/** The parts of what `frame` wrote for this identity, as many as are expected, and nothing else. @throws EMRX_MALFORMED_STATE */
export function unframe(identity: string, count: number, bytes: Uint8Array): Uint8Array[] {
  const fail = (problem: string): LdpError =>
    new LdpError("EMRX_MALFORMED_STATE", `not a state of ${identity}: ${problem}`);
  if (!(bytes instanceof Uint8Array)) throw fail("expected a Uint8Array");
  const head = frame(identity, []);
  if (head.some((byte, i) => byte !== bytes[i]))
    throw fail("it has another version or belongs to another mechanism");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const parts: Uint8Array[] = [];
  let at = head.length;
  for (let part = 0; part < count; part++) {
    const length = at + 8 <= bytes.length ? view.getBigUint64(at, true) : undefined;
    if (length === undefined || length > BigInt(bytes.length - at - 8))
      throw fail(`it ends within part ${part} of ${count}`);
    parts.push(bytes.subarray(at + 8, at + 8 + Number(length)));
    at += 8 + Number(length);
  }
  if (at !== bytes.length) throw fail(`${bytes.length - at} bytes too many`);
  return parts;
}
