// Tells one attribute's value from another: what a memoized answer is found by.
import { sha256 } from "@noble/hashes/sha2.js";
import { hexToBytes } from "@noble/hashes/utils.js";
import type { Value } from "../schema/any-mechanism.js";
import type { Schema } from "../schema/schema.js";
import { codeBytes, fingerprintBytes } from "./fingerprint.js";

/** The fingerprint of a value of an attribute at a level: 128 bits of SHA-256. It hides nothing from someone who can guess. */
export function answerFingerprint(
  schema: Schema,
  attribute: number,
  level: number,
  value: Value,
): Uint8Array {
  const question = new Uint8Array(12);
  const view = new DataView(question.buffer);
  question[0] = typeof value === "number" ? 1 : 2; // one attribute, not a whole record
  view.setUint16(1, attribute, true);
  view.setUint8(3, level);
  if (typeof value === "number") view.setFloat64(4, value, true);
  return sha256
    .create()
    .update(hexToBytes(schema.hash))
    .update(question)
    .update(typeof value === "number" ? new Uint8Array(0) : codeBytes(value))
    .digest()
    .subarray(0, fingerprintBytes);
}
