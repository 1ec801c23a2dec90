// The lock: a listening socket named by a number, one above that of the owner before. A number is taken by a hard link,
// which is made whole or not at all and only if the name is free; so of several processes that find the last owner dead,
// one gets the next number, and no lock is ever removed to make room for another.
import { randomUUID } from "node:crypto";
import { linkSync, readdirSync, renameSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import type { Server } from "node:net";
import { join } from "node:path";
import type { OwnershipError } from "./owned-folder-problem.js";
import { isListening, listenIn } from "./owned-folder-socket.js";

/** A lock that is held. */
export interface Lock {
  readonly generation: number;
  /** Removes the locks of former owners, and what those left that did not become one. */
  removeOthers(): void;
  /** Puts an empty file in the socket's place, so that the number stays taken and the folder holds no socket. */
  entomb(): void;
  /** Stops listening. */
  close(): void;
}

/** How often to begin again when another process was quicker. */
const ATTEMPTS = 100;

const latestIn = (place: string): number =>
  readdirSync(place)
    .filter((name) => /^[1-9]\d{0,14}$/.test(name))
    .reduce((latest, name) => Math.max(latest, Number(name)), 0);

/** Takes the lock in a folder. Throws `held` if a living process has it, `refused` if the system does not let us. */
export async function takeLock(place: string, fail: OwnershipError): Promise<Lock> {
  try {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const latest = latestIn(place);
      const taken = latest === 0 ? false : await isListening(place, String(latest));
      if (taken === "gone") continue;
      if (taken) {
        const message = `${place} is held by a living process; close it there first`;
        throw fail({ kind: "held", message });
      }
      const server = await tryTake(place, latest);
      if (server !== undefined) return lockOf(place, latest + 1, server);
    }
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === undefined || !/^E[A-Z]+$/.test(code)) throw cause; // no error of the system
    const advice =
      "The folder must be on a file system with Unix sockets and hard links, and you must be allowed to write there; a local disk will do";
    throw fail({
      kind: "refused",
      message: `${place} cannot be locked: ${message}. ${advice}`,
      cause,
    });
  }
  const message = `other processes keep taking ${place}; let one of them have it`;
  throw fail({ kind: "held", message });
}

/** The socket that holds the number after the latest; undefined if another process was quicker. */
async function tryTake(place: string, latest: number): Promise<Server | undefined> {
  // It listens before it gets its number: a number with nobody behind it is a dead owner's.
  const draft = `new-${randomUUID()}`;
  const server = await listenIn(place, draft);
  const name = String(latest + 1);
  let linked = false;
  try {
    linkSync(join(place, draft), join(place, name));
    linked = true;
    // The last owner may have become an older one, and its number free again, while we looked at it.
    if (latestIn(place) === latest + 1) return server;
    unlinkSync(join(place, name));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // ENOENT: a new owner took our draft for what a dead process left.
    if (linked || (code !== "EEXIST" && code !== "ENOENT")) {
      server.close();
      throw error;
    }
  } finally {
    rmSync(join(place, draft), { force: true });
  }
  server.close();
  return undefined;
}

function lockOf(place: string, generation: number, server: Server): Lock {
  return {
    generation,
    removeOthers() {
      for (const name of readdirSync(place)) {
        const other = /^\d+$/.test(name) ? Number(name) < generation : name !== "fence";
        if (other) rmSync(join(place, name), { force: true });
      }
    },
    entomb() {
      const draft = join(place, `new-${randomUUID()}`);
      writeFileSync(draft, "");
      renameSync(draft, join(place, String(generation)));
    },
    close() {
      server.close();
    },
  };
}
