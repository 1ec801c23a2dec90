// A counter in a file of its own, for `rollbackGuard`.
import { rename } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { readRegularFile, syncFolder, writeFreshFile } from "@emrx/internal/regular-file";
import { text } from "@emrx/internal/shape";
import { check } from "../errors/check.js";
import { LdpError } from "../errors/ldp-error.js";
import type { RollbackCounter } from "../stores/rollback-guard.js";

/**
 * A counter in a file, for `rollbackGuard`: put it on another disk than the store, and in another backup. One process
 * at a time may use it, as with the file store.
 *
 * @param file the path; the file is created by the first `raise`, its folder must be there
 * @returns the counter; it rejects with `EMRX_STORE_DAMAGED` where the file is no counter, and with what the file system says
 * @example
 * ```ts
 * import { mkdtempSync, rmSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { fileCounter } from "@emrx/ldp-core/file";
 *
 * const folder = mkdtempSync(join(tmpdir(), "emrx-"));
 * const counter = fileCounter(join(folder, "writes"));
 * await counter.raise(7);
 * await counter.raise(3);
 * await counter.read(); // => 7
 * rmSync(folder, { recursive: true });
 * ```
 */
export function fileCounter(file: string): RollbackCounter {
  const path = resolve(check(text({ least: 1 }), file, "file"));
  let last: Promise<void> = Promise.resolve();
  const read = async (): Promise<number> => {
    let content: string;
    try {
      content = readRegularFile(path).toString("utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return 0;
      throw error;
    }
    if (!/^\d{1,15}\n$/.test(content))
      throw new LdpError(
        "EMRX_STORE_DAMAGED",
        `counter ${path}: it holds no number; restore its newest copy`,
      );
    return Number(content);
  };
  const raise = async (number: number): Promise<void> => {
    if ((await read()) >= number) return;
    await writeFreshFile(`${path}.new`, new TextEncoder().encode(`${number}\n`));
    await rename(`${path}.new`, path);
    await syncFolder(dirname(path));
  };
  return {
    read: () => last.then(read),
    raise(number) {
      const raised = last.then(() => raise(number));
      last = raised.catch(() => undefined); // whoever called gets the error
      return raised;
    },
  };
}
