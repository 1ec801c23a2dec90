// Ed25519 signatures (RFC 8032): by the platform's WebCrypto where it has them, in plain JavaScript otherwise, with
// the same bytes and the same decisions. The plain JavaScript is loaded only where it is needed.
import { isBytes, toHex } from "@emrx/internal/bytes";
import { fromHex } from "../codec/hex.js";
import { plausibleSignature } from "./ed25519-strict.js";
import { requireMessage } from "./encoding.js";

// RFC 8410: what precedes the 32 bytes of the secret key in PKCS #8.
const PKCS8_PREFIX = "302e020100300506032b657004220420";

// RFC 8032 section 7.1, test 1: the signature of an empty message.
const KNOWN_SECRET_KEY = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
const KNOWN_SIGNATURE =
  "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b";

/** A key pair whose secret key stays inside. */
export interface Ed25519KeyPair {
  /** 32 bytes. */
  readonly publicKey: Uint8Array<ArrayBuffer>;
  /** Signs a message; 64 bytes. */
  sign(message: Uint8Array): Promise<Uint8Array<ArrayBuffer>>;
}

const bytes = (value: Uint8Array): Uint8Array<ArrayBuffer> => value as Uint8Array<ArrayBuffer>;

async function importSecret(
  subtle: SubtleCrypto,
  secretKey: Uint8Array,
  extractable: boolean,
): Promise<CryptoKey> {
  const pkcs8 = new Uint8Array(48);
  pkcs8.set(fromHex(PKCS8_PREFIX));
  pkcs8.set(secretKey, 16);
  return subtle.importKey("pkcs8", pkcs8, "Ed25519", extractable, ["sign"]);
}

let platform: Promise<SubtleCrypto | undefined> | undefined;

/**
 * The platform's Ed25519, if it signs as RFC 8032 says. Some platforms randomize their signatures; those would break
 * the promise of equal bytes, so one known answer decides.
 */
function platformEd25519(): Promise<SubtleCrypto | undefined> {
  platform ??= (async () => {
    try {
      const { subtle } = globalThis.crypto;
      const key = await importSecret(subtle, fromHex(KNOWN_SECRET_KEY), false);
      const signature = new Uint8Array(await subtle.sign("Ed25519", key, new Uint8Array()));
      return toHex(signature) === KNOWN_SIGNATURE ? subtle : undefined;
    } catch {
      return undefined;
    }
  })();
  return platform;
}

/** The public key that the platform computes for a secret key. */
async function publicKeyOf(
  subtle: SubtleCrypto,
  secretKey: Uint8Array,
): Promise<Uint8Array<ArrayBuffer>> {
  const { x = "" } = await subtle.exportKey("jwk", await importSecret(subtle, secretKey, true));
  const text = atob(x.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** The key pair of a secret key of 32 bytes, by the platform where it can. */
export async function ed25519KeyPair(secretKey: Uint8Array): Promise<Ed25519KeyPair> {
  const own = Uint8Array.from(secretKey);
  const subtle = await platformEd25519();
  if (subtle === undefined) {
    const { publicKeyPortably, signPortably } = await import("./ed25519-portable.js");
    return {
      publicKey: publicKeyPortably(own),
      async sign(message) {
        requireMessage(message);
        return signPortably(own, message);
      },
    };
  }
  const key = await importSecret(subtle, own, false);
  return {
    publicKey: await publicKeyOf(subtle, own),
    async sign(message) {
      requireMessage(message);
      return new Uint8Array(await subtle.sign("Ed25519", key, bytes(message)));
    },
  };
}

/**
 * Checks an Ed25519 signature, by the platform where it can (about ten times as fast). Public keys and signatures that
 * are not canonical or of small order are false on every platform: replicas of a ledger cannot disagree.
 */
export async function verifyEd25519(
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  if (!isBytes(message) || !plausibleSignature(publicKey, signature)) return false;
  const subtle = await platformEd25519();
  if (subtle === undefined) {
    const { verifyPortably } = await import("./ed25519-verify.js");
    return verifyPortably(publicKey, message, signature);
  }
  try {
    const key = await subtle.importKey("raw", bytes(publicKey), "Ed25519", false, ["verify"]);
    return await subtle.verify("Ed25519", key, bytes(signature), bytes(message));
  } catch {
    return false; // not a point of the curve
  }
}
