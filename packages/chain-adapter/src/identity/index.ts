export { signEd25519, verifySignature, verifySignatureNow } from "./ed25519.js";
export { createIdentity, type Identity } from "./identity.js";
export { secretOrder } from "./order.js";
export {
  deriveIdentity,
  derivePseudonym,
  derivePseudonyms,
  type Pseudonym,
  type PseudonymScope,
  pseudonymOfKey,
  pseudonymOfPublicKey,
} from "./pseudonym.js";
export { type SignatureScheme, signatureSchemes } from "./scheme.js";
export {
  createEvmIdentity,
  deriveEvmIdentity,
  type EvmIdentity,
  evmAddress,
  recoverEvmAddress,
} from "./secp256k1.js";
export {
  type KeyState,
  registerKeys,
  type Succession,
  type SuccessionChoice,
  signSuccession,
  succeed,
  succeedNow,
} from "./succession.js";
