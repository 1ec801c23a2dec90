// The one error class and its codes.
export type { ExchangeErrorCode } from "./errors/exchange-error.js";
export { ExchangeError } from "./errors/exchange-error.js";
