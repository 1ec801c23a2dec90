// The bytes behind the leaves of a round's trees. Fixed widths and big-endian numbers: one meaning, one encoding, and
// easy to rebuild in a contract on another chain.
import type { InputOpening, OfferOpening, PartnersOpening } from "../../codec/challenge-claims.js";
import { fromHex } from "../../codec/hex.js";
import { merkleLeafHash } from "../../merkle/hash.js";

/** Which side of the market an agent is on, as its leaf says it. */
export const PUBLISHER = 0;
export const REQUESTER = 1;

/** Bytes of an input leaf: side, id, quota, length of the list, root of the list. */
export const INPUT_LEAF: number = 1 + 32 + 4 + 4 + 32;
/** Bytes of a matching leaf: number of partners, their root. */
export const PARTNERS_LEAF: number = 4 + 32;
/** Bytes of a public offer: id, quota, terms, report leaf. */
export const OFFER_LEAF: number = 32 + 4 + 4 + 32;

export function inputLeafHash(
  side: number,
  { id, quota, count, root }: Pick<InputOpening, "id" | "quota" | "count" | "root">,
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(INPUT_LEAF);
  const view = new DataView(bytes.buffer);
  bytes[0] = side;
  bytes.set(fromHex(id), 1);
  view.setUint32(33, quota);
  view.setUint32(37, count);
  bytes.set(fromHex(root), 41);
  return merkleLeafHash(bytes);
}

export function partnersLeafHash({
  count,
  root,
}: Pick<PartnersOpening, "count" | "root">): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(PARTNERS_LEAF);
  new DataView(bytes.buffer).setUint32(0, count);
  bytes.set(fromHex(root), 4);
  return merkleLeafHash(bytes);
}

export function blockLeafHash(pairs: readonly number[]): Uint8Array<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(4 * pairs.length));
  for (const [i, number] of pairs.entries()) view.setUint32(4 * i, number);
  return merkleLeafHash(new Uint8Array(view.buffer));
}

export function offerLeafHash({
  id,
  quota,
  terms,
  leaf,
}: Omit<OfferOpening, "proof">): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(OFFER_LEAF);
  const view = new DataView(bytes.buffer);
  bytes.set(fromHex(id));
  view.setUint32(32, quota);
  view.setUint32(36, terms);
  bytes.set(fromHex(leaf), 40);
  return merkleLeafHash(bytes);
}
