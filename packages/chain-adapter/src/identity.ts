// Keys: identities that sign, pseudonyms of patients, key rotation and recovery.
export { signEd25519 } from "./identity/ed25519-sync.js";
export { createIdentity, type Identity } from "./identity/identity.js";
export {
  applyKeyChange,
  applyKeyChangeSync,
  type KeyChange,
  type KeyChangeOptions,
  type KeyState,
  registerKeys,
  signKeyChange,
} from "./identity/key-change.js";
export { secretOrder } from "./identity/order.js";
export {
  deriveIdentity,
  derivePseudonym,
  derivePseudonyms,
  type Pseudonym,
  type PseudonymScope,
  pseudonymOfKey,
  pseudonymOfPublicKey,
} from "./identity/pseudonym.js";
export {
  decodePublicKey,
  encodePublicKey,
  type PublicKey,
  type PublicKeyText,
  partyId,
  type SchemeName,
  type SignatureText,
} from "./identity/public-key.js";
export {
  type SignatureScheme,
  signatureSchemes,
  verifySignature,
  verifySignatureSync,
} from "./identity/scheme.js";
export {
  createEvmIdentity,
  deriveEvmIdentity,
  type EvmIdentity,
  evmAddress,
  recoverEvmAddress,
} from "./identity/secp256k1.js";
