// Blind tokens (RFC 9474): an issuer admits each patient once a round and cannot tell afterwards who used which token.
export {
  createTokenIssuer,
  generateIssuerKey,
  type IssuerOptions,
  type TokenIssuer,
} from "./blind-tokens/issuer.js";
export {
  decodeToken,
  encodeToken,
  requestToken,
  type Token,
  type TokenRequest,
  type TokenScope,
  tokenId,
  verifyToken,
} from "./blind-tokens/token.js";
