// Public keys of X25519 that a secret can be agreed with.
import { guard, type Shape } from "@emrx/internal/shape";
import type { Hex32 } from "./fields.js";

const P = 0x7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffedn;

/** Whether u is that of a point whose order divides 8, on the curve or its twist: with these the secret is zero. */
const hasSmallOrder = (u: bigint): boolean =>
  u <= 1n ||
  u === P - 1n ||
  u === 325606250916557431795983626356110631294008115727848805560023387167927233504n ||
  u === 39382357235489614581723060781553021112529911719440698176882885853963445705823n;

/** RFC 7748 section 5: little endian, without the highest bit, modulo p. */
function coordinate(digits: string): bigint {
  const reversed = (digits.match(/../g) ?? []).reverse().join("");
  return (BigInt(`0x${reversed}`) & ((1n << 255n) - 1n)) % P;
}

/** An X25519 public key, 64 lowercase hexadecimal digits, that is not of small order (RFC 7748 section 6.1). */
export const x25519Key: Shape<Hex32> = /* @__PURE__ */ guard(
  (value): value is Hex32 =>
    typeof value === "string" && /^[0-9a-f]{64}$/.test(value) && !hasSmallOrder(coordinate(value)),
  "an X25519 public key in 64 lowercase hexadecimal digits, not of small order",
);
