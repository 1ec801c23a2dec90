// The default source: the platform's cryptographic generator, asked for 64 KiB at a time.
import { LdpError } from "../errors/ldp-error.js";
import type { RandomSource } from "./source.js";

/** Browsers refuse more than 65,536 bytes a call; a small call costs about as much as 5,000 bytes. */
const WORDS_PER_CALL = 16384;

let shared: RandomSource | undefined;

/**
 * The platform's CSPRNG (`crypto.getRandomValues`), buffered. One source is shared by the whole program: each word is
 * handed out once.
 *
 * @returns the shared source
 * @throws EMRX_BAD_RANDOM_SOURCE if the platform has no `crypto.getRandomValues`
 * @example
 * ```ts
 * import { platformRandom } from "@emrx/ldp-core";
 *
 * const words = new Uint32Array(4);
 * platformRandom().fill(words);
 * words.length; // => 4
 * ```
 */
export function platformRandom(): RandomSource {
  if (typeof globalThis.crypto?.getRandomValues !== "function") {
    throw new LdpError(
      "EMRX_BAD_RANDOM_SOURCE",
      "this platform has no crypto.getRandomValues; pass a random source",
    );
  }
  shared ??= bufferedSource((words) => globalThis.crypto.getRandomValues(words));
  return shared;
}

/** Serves small requests from a buffer and large ones directly; no word is served twice. */
export function bufferedSource(refill: (words: Uint32Array<ArrayBuffer>) => unknown): RandomSource {
  const buffer = new Uint32Array(WORDS_PER_CALL);
  let next = buffer.length; // everything before `next` has been handed out
  return {
    fill(words) {
      let done = 0;
      while (done < words.length) {
        if (next === buffer.length) {
          refill(buffer);
          next = 0;
        }
        const count = Math.min(words.length - done, buffer.length - next);
        if (count === 1) words[done] = buffer[next] as number;
        else words.set(buffer.subarray(next, next + count), done);
        done += count;
        next += count;
      }
    },
  };
}
