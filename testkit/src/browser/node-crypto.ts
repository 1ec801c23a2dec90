// What tests ask of Node's crypto, for a browser: the hashes that serve as oracles, by a library that the code under test
// does not use for them. `vitest.browser.config.ts` puts this in the place of "node:crypto".
import { expand, extract } from "@noble/hashes/hkdf.js";
import { hmac } from "@noble/hashes/hmac.js";
import { sha256, sha384, sha512 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { Buffer } from "buffer";

const hashes = { sha256, sha384, sha512 };
type HashName = keyof typeof hashes;

interface Running {
  update(bytes: Uint8Array): unknown;
  digest(): Uint8Array<ArrayBuffer>;
}

interface Hash {
  update(data: Uint8Array | string): Hash;
  digest(): Buffer;
  digest(encoding: "hex"): string;
}

function wrap(running: Running): Hash {
  const hash = {
    update(data: Uint8Array | string) {
      running.update(typeof data === "string" ? new TextEncoder().encode(data) : data);
      return hash;
    },
    digest(encoding?: "hex") {
      const bytes = running.digest();
      return encoding === "hex" ? bytesToHex(bytes) : Buffer.from(bytes);
    },
  };
  return hash as Hash;
}

export const createHash = (name: HashName): Hash => wrap(hashes[name].create());

export const createHmac = (name: HashName, key: Uint8Array): Hash =>
  wrap(hmac.create(hashes[name], key));

export function hkdfSync(
  name: HashName,
  secret: Uint8Array,
  salt: Uint8Array,
  info: Uint8Array,
  length: number,
): ArrayBuffer {
  const hash = hashes[name];
  return Uint8Array.from(expand(hash, extract(hash, secret, salt), info, length)).buffer;
}
