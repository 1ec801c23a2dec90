// Everything that runs in a browser as well as in Node. What needs Node is under `@emrx/chain-adapter/file`.
export * from "./errors.js";
export * from "./merkle/index.js";
