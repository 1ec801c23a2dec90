// Randomness that is a function of a secret: the same question always draws the same answer, with nothing stored.
import { hkdf } from "@noble/hashes/hkdf.js";
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import type { RandomSource } from "../random/source.js";

const blockBytes = 32;

/**
 * A random source from a secret and a label: HKDF (RFC 5869) derives a key for the label, and block i of the stream is
 * HMAC-SHA-256 of i under that key. Whoever does not know the secret cannot tell it from a random source; different labels
 * give independent streams. The guarantee is computational, not absolute.
 */
export function derivedRandom(secret: Uint8Array, label: Uint8Array): RandomSource {
  const key = hkdf(sha256, secret, undefined, label, blockBytes);
  const counter = new Uint8Array(8);
  const counterView = new DataView(counter.buffer);
  let block = new DataView(new ArrayBuffer(0));
  let blocks = 0n;
  let at = 0;
  return {
    fill(words) {
      for (let i = 0; i < words.length; i++) {
        if (at === block.byteLength) {
          counterView.setBigUint64(0, blocks++, true);
          const bytes = hmac(sha256, key, counter);
          block = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
          at = 0;
        }
        words[i] = block.getUint32(at, true);
        at += 4;
      }
    },
  };
}
