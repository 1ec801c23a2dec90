// What patients choose from, what it is worth, and what a study can be expected to be worth.
export type {
  DefinedPublication,
  ProfileChoice,
  PublicationOptions,
} from "./publication/define.js";
export { definePublication } from "./publication/define.js";
export { expectedQuality } from "./publication/expected.js";
