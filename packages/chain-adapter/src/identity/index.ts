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
