// X25519 key agreement (RFC 7748), by the platform's WebCrypto where it has it, in plain JavaScript otherwise, which is
// loaded only where it is needed.
import { fromHex } from "../codec/hex.js";

/** A key pair whose private key stays inside. */
export interface KeyPair {
  /** 32 bytes. */
  readonly publicKey: Uint8Array<ArrayBuffer>;
  /**
   * The shared secret with the holder of another public key. Platform and library both reject points of small order, whose
   * secret would be zero (RFC 9180 section 7.1.4).
   */
  agree(publicKey: Uint8Array): Promise<Uint8Array<ArrayBuffer>>;
}

// RFC 8410: what precedes the 32 bytes of the secret key in PKCS #8.
const PKCS8_PREFIX = "302e020100300506032b656e04220420";

let platform: Promise<SubtleCrypto | undefined> | undefined;

/** The platform's X25519, if it answers at all. */
function platformX25519(): Promise<SubtleCrypto | undefined> {
  platform ??= (async () => {
    try {
      const { subtle } = globalThis.crypto;
      // Any 32 bytes are a public key (RFC 7748 section 5); these are the base point.
      const base = new Uint8Array(32);
      base[0] = 9;
      await subtle.importKey("raw", base, "X25519", false, []);
      return subtle;
    } catch {
      return undefined;
    }
  })();
  return platform;
}

function onPlatform(
  subtle: SubtleCrypto,
  secret: CryptoKey,
  publicKey: Uint8Array<ArrayBuffer>,
): KeyPair {
  return {
    publicKey,
    async agree(other) {
      const bytes = Uint8Array.from(other);
      const peer = await subtle.importKey("raw", bytes, "X25519", false, []);
      const shared = await subtle.deriveBits({ name: "X25519", public: peer }, secret, 256);
      return new Uint8Array(shared);
    },
  };
}

/** The key pair of a secret key of 32 bytes. */
export async function keyPairOf(secretKey: Uint8Array): Promise<KeyPair> {
  const subtle = await platformX25519();
  if (subtle === undefined) {
    const { agreePortably, publicKeyPortably } = await import("./x25519-portable.js");
    const own = Uint8Array.from(secretKey);
    return {
      publicKey: publicKeyPortably(own),
      agree: async (other) => agreePortably(own, other),
    };
  }
  const pkcs8 = new Uint8Array(48);
  pkcs8.set(fromHex(PKCS8_PREFIX));
  pkcs8.set(secretKey, 16);
  const key = await subtle.importKey("pkcs8", pkcs8, "X25519", true, ["deriveBits"]);
  const { x = "" } = await subtle.exportKey("jwk", key);
  const text = atob(x.replaceAll("-", "+").replaceAll("_", "/"));
  const publicKey = Uint8Array.from(text, (character) => character.charCodeAt(0));
  return onPlatform(subtle, key, publicKey);
}

/** A fresh key pair. */
export async function freshKeyPair(): Promise<KeyPair> {
  const subtle = await platformX25519();
  if (subtle === undefined) return keyPairOf(globalThis.crypto.getRandomValues(new Uint8Array(32)));
  const pair = (await subtle.generateKey("X25519", false, ["deriveBits"])) as CryptoKeyPair;
  return onPlatform(
    subtle,
    pair.privateKey,
    new Uint8Array(await subtle.exportKey("raw", pair.publicKey)),
  );
}
