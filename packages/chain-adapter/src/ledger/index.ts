export type { LogChange, OrderedLog } from "./ordered-log.js";
export type * from "./port.js";
