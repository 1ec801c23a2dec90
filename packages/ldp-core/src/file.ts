export type { FileStore } from "./file/store.js";
export { fileStore } from "./file/store.js";
