// Arithmetic on large whole numbers modulo n.
import { toHex } from "@emrx/internal/bytes";
import { fromHex } from "../codec/hex.js";

/** A whole number from bytes, most significant first. */
export function fromBytes(bytes: Uint8Array): bigint {
  return BigInt(`0x0${toHex(bytes)}`);
}

/** A whole number as `length` bytes, most significant first. */
export function toBytes(value: bigint, length: number): Uint8Array<ArrayBuffer> {
  return fromHex(value.toString(16).padStart(length * 2, "0"));
}

/** base^exponent modulo n, four bits of the exponent at a time. */
export function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  const powers: bigint[] = [1n];
  while (powers.length < 16) powers.push(((powers.at(-1) as bigint) * base) % modulus);
  let result = 1n % modulus;
  for (const digit of exponent.toString(16)) {
    for (let i = 0; i < 4; i++) result = (result * result) % modulus;
    result = (result * (powers[Number.parseInt(digit, 16)] as bigint)) % modulus;
  }
  return result;
}

/** The exponent of every public key here, 2^16 + 1. */
export const PUBLIC_EXPONENT = 65537n;

/** base^65537 modulo n: sixteen squarings and one product, half of what `power` would do. */
export function publicPower(base: bigint, modulus: bigint): bigint {
  let result = base % modulus;
  for (let i = 0; i < 16; i++) result = (result * result) % modulus;
  return (result * base) % modulus;
}

/** The inverse modulo n, or undefined where there is none (Euclid's algorithm, extended). */
export function inverse(value: bigint, modulus: bigint): bigint | undefined {
  let [a, b] = [modulus, ((value % modulus) + modulus) % modulus];
  let [x, y] = [0n, 1n];
  while (b > 0n) {
    const quotient = a / b;
    [a, b] = [b, a - quotient * b];
    [x, y] = [y, x - quotient * y];
  }
  return a === 1n ? ((x % modulus) + modulus) % modulus : undefined;
}

/** A uniform whole number from 1 to n - 1, from the platform's random source. */
export function randomBelow(modulus: bigint): bigint {
  const bits = modulus.toString(2).length;
  const bytes = new Uint8Array(Math.ceil(bits / 8));
  for (;;) {
    globalThis.crypto.getRandomValues(bytes);
    const value = fromBytes(bytes) >> BigInt(bytes.length * 8 - bits);
    if (value > 0n && value < modulus) return value;
  }
}
