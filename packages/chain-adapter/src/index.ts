// Everything that runs in a browser as well as in Node. What needs Node is under `@emrx/chain-adapter/file`.
export * from "./admission/index.js";
export * from "./codec/index.js";
export * from "./contracts/index.js";
export * from "./errors.js";
export * from "./identity/index.js";
export * from "./ledger/index.js";
export * from "./linkability/index.js";
export * from "./merkle/index.js";
export * from "./payload/index.js";
export * from "./rounds/index.js";
