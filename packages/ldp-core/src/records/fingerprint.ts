// Tells whether a record was answered before: a hash of the policy and of the values that can be disclosed.
import { sha256 } from "@noble/hashes/sha2.js";
import type { Value } from "../schema/any-mechanism.js";
import type { Policy } from "../schema/policy.js";
import { type AttributeSpec, type Schema, schemaHashOf } from "../schema/schema.js";

/** Bytes of a fingerprint: 128 bits of SHA-256, so that two records of one subject do not meet by chance. */
export const fingerprintBytes = 16;

/** A set has no fixed length, so its hash stands for it. */
const setBytes = 32;

/** The code indices of a set, two bytes each, least significant first. */
export function codeBytes(codes: Uint16Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(2 * codes.length);
  for (const [i, code] of codes.entries()) {
    bytes[2 * i] = code & 0xff;
    bytes[2 * i + 1] = code >>> 8;
  }
  return bytes;
}

/**
 * The fingerprint of one record, from the encoded values of the pool's attributes in the order of the pool. The bytes are
 * valid until the next call.
 */
export type Fingerprint = (values: ArrayLike<Value>) => Uint8Array;

/**
 * Builds the fingerprint of one schema and policy. Withheld attributes are not read: a change in them is no new record.
 * The hash hides nothing from someone who can guess the record; the store that keeps it must stay secret.
 */
export function fingerprintFor(schema: Schema, { levels, pool }: Policy): Fingerprint {
  // The policy is hashed to 32 bytes first, so that it and the schema's hash fill one block of SHA-256, done once.
  const start = sha256
    .create()
    .update(schemaHashOf(schema))
    .update(sha256(Uint8Array.from(levels)));
  const state = start.clone();
  const sizes = pool.map((attribute) => sizeOf(schema.attributes[attribute] as AttributeSpec));
  const bytes = new Uint8Array(sizes.reduce((sum, size) => sum + size, 0));
  const view = new DataView(bytes.buffer);
  const digest = new Uint8Array(32);
  const fingerprint = digest.subarray(0, fingerprintBytes);
  return (values) => {
    let at = 0;
    for (let i = 0; i < sizes.length; i++) {
      const size = sizes[i] as number;
      const value = values[i] as Value;
      if (typeof value !== "number") bytes.set(sha256(codeBytes(value)), at);
      else if (size === 1) bytes[at] = value;
      else if (size === 4) view.setUint32(at, value, true);
      else view.setFloat64(at, value, true);
      at += size;
    }
    start._cloneInto(state).update(bytes).digestInto(digest);
    return fingerprint;
  };
}

/** Bytes of one value; few, so that most records fit into one more block of SHA-256. */
function sizeOf(attribute: AttributeSpec): number {
  if (attribute.type === "set") return setBytes;
  if (attribute.type === "numeric") return 8;
  return attribute.values.length < 256 ? 1 : 4; // the last category is "missing"
}
