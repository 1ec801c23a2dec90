// All names of all subpaths, for the laws that hold for each of them.
export * from "../src/data-quality.js";
export * from "../src/distances.js";
export * from "../src/errors.js";
export * from "../src/frequencies.js";
export * from "../src/hypothesis-tests.js";
export * from "../src/intervals.js";
export * from "../src/moments.js";
export * from "../src/planning.js";
export * from "../src/post-processing.js";
export * from "../src/privacy-audit.js";
export * from "../src/robustness.js";
export * from "../src/tables.js";
