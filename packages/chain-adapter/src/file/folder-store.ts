// A content store in a folder: one file a content, named by its id. Files never change once they have their name, so
// any tool can copy or back up the folder while it is in use.
import { randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { access, link, mkdir, open, rm, unlink } from "node:fs/promises";
import { join } from "node:path";
import { openRegularHandle } from "@emrx/internal/regular-file";
import type { ContentId } from "../codec/fields.js";
import { LedgerError } from "../errors.js";
import { contentIdOf, parseContentId } from "../payload/content-id.js";
import { type ContentStore, missingContent, requireContent } from "../payload/content-store.js";

const codeOf = (cause: unknown): string | undefined =>
  cause instanceof Error && "code" in cause ? String(cause.code) : undefined;

function storageError(cause: unknown, what: string): LedgerError {
  return new LedgerError(
    "EMRX_STORAGE",
    `${what}: ${cause instanceof Error ? cause.message : cause}`,
    {
      cause,
    },
  );
}

/**
 * Opens a content store in a folder, and makes the folder if it is not there. A content is written to a file of another
 * name, brought to the disk and only then given its name: a crash leaves either all of it or none.
 *
 * @param path the folder
 * @returns a store; several processes may use one folder at the same time
 * @throws LedgerError `EMRX_STORAGE` if the folder cannot be made or used; `get` also throws what every store does
 * @example
 * ```ts
 * import { mkdtemp } from "node:fs/promises";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { openFolderStore } from "@emrx/chain-adapter/file";
 *
 * const store = await openFolderStore(await mkdtemp(join(tmpdir(), "emrx-")));
 * const id = await store.put(Uint8Array.of(1, 2, 3));
 * await store.get(id); // => Uint8Array.of(1, 2, 3)
 * ```
 */
export async function openFolderStore(path: string): Promise<ContentStore> {
  // Two characters of the hash make 1,024 folders, so that none becomes too large to list.
  const folderOf = (id: ContentId): string => join(path, id.slice(-2));
  const fileOf = (id: ContentId): string => join(folderOf(id), id);
  try {
    await mkdir(path, { recursive: true });
    await access(path, constants.R_OK | constants.W_OK);
  } catch (cause) {
    throw storageError(cause, `the folder ${path} cannot be used`);
  }

  async function exists(file: string): Promise<boolean> {
    try {
      await access(file);
      return true;
    } catch (cause) {
      if (codeOf(cause) === "ENOENT") return false;
      throw storageError(cause, `${file} cannot be looked up`);
    }
  }

  async function write(id: ContentId, bytes: Uint8Array): Promise<void> {
    const temporary = join(path, `.writing-${randomUUID()}`);
    try {
      await mkdir(folderOf(id), { recursive: true });
      const file = await open(temporary, "wx");
      try {
        await file.writeFile(bytes);
        await file.datasync();
      } finally {
        await file.close();
      }
      // A link fails where the name is taken; the file that has it holds the same bytes.
      await link(temporary, fileOf(id)).catch((cause: unknown) => {
        if (codeOf(cause) !== "EEXIST") throw cause;
      });
      const folder = await open(folderOf(id), "r");
      try {
        await folder.sync();
      } finally {
        await folder.close();
      }
    } catch (cause) {
      throw storageError(cause, `content ${id} cannot be written to ${path}`);
    } finally {
      await rm(temporary, { force: true });
    }
  }

  return {
    async put(bytes) {
      const own = Uint8Array.from(bytes);
      const id = contentIdOf(own);
      if (await exists(fileOf(id))) {
        if (await holds(fileOf(id), id)) return id;
        await rm(fileOf(id), { force: true }); // damaged: the bytes at hand repair it
      }
      await write(id, own);
      return id;
    },
    async get(id) {
      parseContentId(id);
      const file = fileOf(id);
      let bytes: Uint8Array<ArrayBuffer>;
      try {
        bytes = await readContent(file);
      } catch (cause) {
        if (codeOf(cause) === "ENOENT") throw missingContent(id, `the folder ${path}`);
        throw storageError(cause, `${file} cannot be read`);
      }
      return requireContent(id, bytes, file);
    },
    async has(id) {
      parseContentId(id);
      return exists(fileOf(id));
    },
    async delete(id) {
      parseContentId(id);
      try {
        await unlink(fileOf(id));
      } catch (cause) {
        if (codeOf(cause) !== "ENOENT")
          throw storageError(cause, `${fileOf(id)} cannot be deleted`);
      }
    },
  };
}

/** The bytes of a content's file; a FIFO in its place is refused, not waited for. */
async function readContent(file: string): Promise<Uint8Array<ArrayBuffer>> {
  const handle = await openRegularHandle(file);
  try {
    return new Uint8Array(await handle.readFile());
  } finally {
    await handle.close();
  }
}

/** Whether a file holds what its name says. */
async function holds(file: string, id: ContentId): Promise<boolean> {
  try {
    return contentIdOf(await readContent(file)) === id;
  } catch {
    return false;
  }
}
