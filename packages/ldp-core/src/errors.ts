// The error class of this package and its codes.
export type { LdpErrorCode } from "./errors/ldp-error.js";
export { LdpError } from "./errors/ldp-error.js";
