// All entries of all packages, loaded. run.ts puts the list in the place of this file when it bundles the program.
import type { Module } from "./examples.js";

export declare function loadModules(): Promise<ReadonlyMap<string, Module>>;
