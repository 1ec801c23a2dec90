// Tells one attribute's value from another: what a memoized answer is found by.
import { ByteWriter } from "@emrx/internal/cursor";
import { sha256 } from "@noble/hashes/sha2.js";
import { LdpError } from "../errors/ldp-error.js";
import type { Value } from "../schema/any-mechanism.js";
import { type Schema, schemaHashOf } from "../schema/schema.js";
import { codeBytes, fingerprintBytes } from "./fingerprint.js";

/** The fingerprint of a value of an attribute at a level: 128 bits of SHA-256. It hides nothing from someone who can guess. */
export function answerFingerprint(
  schema: Schema,
  attribute: number,
  level: number,
  value: Value,
): Uint8Array {
  // One attribute (1, or 2 for a set), not a whole record.
  const question = new ByteWriter("little", refused);
  question
    .u8(typeof value === "number" ? 1 : 2)
    .u16(attribute)
    .u8(level);
  question.f64(typeof value === "number" ? value : 0);
  return sha256
    .create()
    .update(schemaHashOf(schema))
    .update(question.finish())
    .update(typeof value === "number" ? new Uint8Array(0) : codeBytes(value))
    .digest()
    .subarray(0, fingerprintBytes);
}

const refused = (message: string): LdpError => new LdpError("EMRX_BAD_PARAMETER", message);
