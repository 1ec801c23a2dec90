export {
  createTokenIssuer,
  generateIssuerKey,
  type IssuerOptions,
  type TokenIssuer,
} from "./issuer.js";
export {
  decodeToken,
  encodeToken,
  requestToken,
  type Token,
  type TokenRequest,
  type TokenScope,
  tokenId,
  verifyToken,
} from "./token.js";
