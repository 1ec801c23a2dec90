// Where budgets and memoized reports are kept.
export type { Store } from "./stores/store.js";
export { memoryStore } from "./stores/store.js";
