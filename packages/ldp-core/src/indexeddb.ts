// A durable store in a browser.
export type { IndexedDbStore } from "./indexeddb/store.js";
export { indexedDbStore } from "./indexeddb/store.js";
