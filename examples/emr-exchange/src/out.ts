// The folder for the results is looked at before the first stage, so that a long run does not end with nothing.
import { accessSync, constants, existsSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { DemoError } from "./errors.js";

/** Throws `EMRX_DEMO_OUT` where the folder cannot be made or written to. Nothing is made yet. */
export function requireOut(out: string): void {
  for (let path = resolve(out); ; path = dirname(path)) {
    if (!existsSync(path)) continue; // the root of the file system exists
    const isFolder = statSync(path).isDirectory();
    if (isFolder && isWritable(path)) return;
    throw new DemoError(
      "EMRX_DEMO_OUT",
      `--out is ${out}, but ${path} is ${isFolder ? "a folder that this user cannot write to" : "no folder"}; expected a folder, or a place where one can be made`,
    );
  }
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false; // said by the caller, with the name of the option
  }
}
