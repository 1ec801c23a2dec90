// The lottery behind every tie: a hash of the round's seed and the two agents' ids.
import { sha256 } from "@noble/hashes/sha2.js";

/** The first 32 bits of SHA-256(seed || id) for every id: one number an agent, unknown before the seed is. */
export function lotteryNumbers(seed: Uint8Array, ids: Uint8Array, width: number): Uint32Array {
  const count = ids.length / width;
  const numbers = new Uint32Array(count);
  const input = new Uint8Array(seed.length + width);
  input.set(seed);
  for (let i = 0; i < count; i++) {
    input.set(ids.subarray(i * width, (i + 1) * width), seed.length);
    const digest = sha256(input);
    numbers[i] =
      ((digest[0] ?? 0) << 24) |
      ((digest[1] ?? 0) << 16) |
      ((digest[2] ?? 0) << 8) |
      (digest[3] ?? 0);
  }
  return numbers;
}

/** A well-mixed 32-bit number for a pair of lottery numbers (Murmur3's finalizer, twice); `purpose` separates uses. */
export function pairLottery(offer: number, request: number, purpose: number): number {
  return mix(mix(offer ^ purpose) ^ request);
}

function mix(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
