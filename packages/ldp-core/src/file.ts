// A durable store in a folder, and a counter beside it. Node only.

export { fileCounter } from "./file/counter.js";
export type { FileStore } from "./file/store.js";
export { fileStore } from "./file/store.js";
