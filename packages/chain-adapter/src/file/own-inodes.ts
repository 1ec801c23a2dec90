// Gives the files that a log's owner writes to in place inodes of their own. A former owner that may still run has the old ones
// open: what it writes late goes where nobody reads.
import { existsSync } from "node:fs";
import { copyFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { openRegularHandle, syncFolder } from "@emrx/internal/regular-file";
import { segmentNames } from "./segments.js";

/** Puts copies in the place of a folder's watermark and last segment. The other files are only ever put in place whole. */
export async function takeOwnInodes(folder: string): Promise<void> {
  for (const name of ["watermark", segmentNames(folder).at(-1)]) {
    if (name === undefined || !existsSync(join(folder, name))) continue;
    const file = join(folder, name);
    const copy = `${file}.new`;
    await (await openRegularHandle(file)).close(); // copying a FIFO would wait
    await rm(copy, { force: true });
    await copyFile(file, copy);
    const handle = await openRegularHandle(copy, "write");
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(copy, file);
  }
  await syncFolder(folder);
}
