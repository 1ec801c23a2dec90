// One owner at a time for a folder that several processes can reach: a lock that a dead process cannot keep and a living
// one cannot lose to a mistaken guess, and a fence by which whoever lost the folder all the same finds out.
import { randomUUID } from "node:crypto";
import { mkdirSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { type Fence, FenceFile, machine } from "./owned-folder-fence.js";
import { takeLock } from "./owned-folder-lock.js";
import type { OwnershipError } from "./owned-folder-problem.js";

export type { OwnershipError, OwnershipProblem } from "./owned-folder-problem.js";

/** A folder that is owned. */
export interface Ownership {
  /**
   * Whether the former owner may still be running, and still write to the files that it had open: its lock was removed by
   * hand, or it ran on another machine. Then the new owner must write to copies under the old names, whose inodes the former
   * one does not have open. False if it gave the folder back or is dead.
   */
  readonly formerMayRun: boolean;
  /** Reads the fence again. Throws `lost` if the folder is no longer at its path or another process owns it. */
  check(): void;
  /** Gives the folder back. Harmless if it is lost or was given back already. */
  release(): void;
}

/**
 * Takes a folder. The lock is a listening Unix socket, so the kernel itself says whether its holder lives: in whatever PID
 * namespace or container the holder runs, whether it is stopped, and whether its process id is in use again. The fence is
 * written before this resolves, so an owner that reads the folder afterwards sees all that a former one acknowledged
 * after its own `check`.
 *
 * This holds among processes of one kernel. On a network file system another machine cannot see the listener, and takes
 * the folder; then only the fence is left, as far as that file system shows one machine at once what another wrote.
 *
 * @param folder an existing folder; lock and fence lie in its subfolder `owner`
 * @param fail makes the error that is thrown
 */
export async function ownFolder(folder: string, fail: OwnershipError): Promise<Ownership> {
  if (process.platform === "win32") {
    const message = `${folder} cannot be owned: this needs Unix sockets in folders, which Node does not offer on Windows; use WSL`;
    throw fail({ kind: "refused", message });
  }
  const place = join(folder, "owner");
  const file = join(place, "fence");
  try {
    mkdirSync(place, { recursive: true });
  } catch (cause) {
    const message = `${place} cannot be made: ${(cause as Error).message}`;
    throw fail({ kind: "refused", message, cause });
  }
  const lock = await takeLock(place, (problem) => {
    const holder = problem.kind === "held" ? FenceFile.read(file) : undefined;
    const who = holder === undefined ? "" : ` (${describe(holder)})`;
    return fail({ ...problem, message: `${problem.message}${who}` });
  });
  try {
    const former = FenceFile.read(file);
    // Its own lock is the last one, on which nobody listens.
    const dead = former?.machine === machine() && former.generation === lock.generation - 1;
    const mine: Fence = {
      token: randomUUID(),
      generation: lock.generation,
      machine: machine(),
      host: hostname(),
      pid: process.pid,
      released: false,
    };
    const fence = FenceFile.write(file, mine);
    lock.removeOthers();
    return {
      formerMayRun: !(former?.released === true || dead),
      check: () => {
        const found = fence.found();
        if (found === "mine") return;
        const message =
          found === "gone"
            ? `${folder} is no longer there: it was deleted or renamed while it was open, or its file owner/fence was removed; nothing more is acknowledged. Open it again where it is now`
            : `${folder} was taken over by another process (${describe(found)}); nothing more is acknowledged here. Use it there, or close it there and open it again`;
        throw fail({ kind: "lost", message });
      },
      release: () => {
        const own = fence.found() === "mine";
        fence.close();
        if (own) {
          FenceFile.write(file, { ...mine, released: true }).close();
          lock.entomb();
        }
        lock.close();
      },
    };
  } catch (cause) {
    lock.close();
    const message = `${file} cannot be written: ${(cause as Error).message}`;
    throw fail({ kind: "refused", message, cause });
  }
}

const describe = ({ pid, host }: Fence): string =>
  `process ${pid}, as it is numbered on ${host || "its machine"}`;
