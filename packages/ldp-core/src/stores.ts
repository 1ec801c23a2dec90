// Where budgets and memoized reports are kept.
export { memoryStore } from "./stores/memory.js";
export type { RollbackCounter } from "./stores/rollback-guard.js";
export { rollbackGuard } from "./stores/rollback-guard.js";
export type { Store, StoreWrite } from "./stores/store.js";
