// The one error class and its codes.
export type { QualityErrorCode } from "./errors/quality-error.js";
export { QualityError } from "./errors/quality-error.js";
