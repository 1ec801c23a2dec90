// One writer at a time. The lock file names the process that holds it; the lock of a process that is dead is taken over.
import { linkSync, readFileSync, renameSync, unlinkSync, writeFileSync } from "node:fs";
import { LedgerError } from "../errors.js";
import { damaged } from "./format.js";

interface Holder {
  readonly pid: number;
  /** When the process started, as the system tells it, so that a process number used again is not taken for it. */
  readonly started: string;
  /** Random, to tell two locks of one process apart. */
  readonly token: string;
}

/** When a process started; empty where the system does not tell. */
function startOf(pid: number): string {
  try {
    // Field 22 of /proc/PID/stat; the name before it is in parentheses and may hold anything.
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
  } catch {
    return "";
  }
}

function isAlive({ pid, started }: Holder): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it lives, under another user.
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
  }
  const now = startOf(pid);
  return now === "" || started === "" || now === started;
}

function readHolder(file: string): Holder | undefined {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  try {
    const { pid, started, token } = JSON.parse(text) as Partial<Holder>;
    if (Number.isSafeInteger(pid) && typeof started === "string" && typeof token === "string") {
      return { pid: Number(pid), started, token };
    }
  } catch {
    // falls through
  }
  throw damaged(file, 0, "it does not name a process; if none uses the ledger, delete it");
}

/**
 * Takes the lock; returns a function that gives it back.
 *
 * @throws LedgerError `EMRX_LOCKED` if a living process holds it
 */
export function takeLock(file: string): () => void {
  const token = crypto.randomUUID();
  const mine: Holder = { pid: process.pid, started: startOf(process.pid), token };
  const temporary = `${file}.${token}`;
  writeFileSync(temporary, JSON.stringify(mine), { flag: "wx" });
  try {
    for (let attempt = 0; attempt < 10; attempt++) {
      try {
        linkSync(temporary, file); // appears whole or not at all, and only if there is none
        return () => {
          if (readHolder(file)?.token === token) unlinkSync(file);
        };
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      }
      const holder = readHolder(file);
      if (holder === undefined) continue;
      if (isAlive(holder)) {
        throw new LedgerError(
          "EMRX_LOCKED",
          `process ${holder.pid} writes to this ledger (${file}); close it there first.`,
          { details: { pid: holder.pid } },
        );
      }
      removeStale(file, holder.token);
    }
    throw new LedgerError("EMRX_LOCKED", `other processes keep taking ${file}`);
  } finally {
    unlinkSync(temporary);
  }
}

/** Removes the lock of a dead process, unless somebody else was quicker. */
function removeStale(file: string, token: string): void {
  const aside = `${file}.${crypto.randomUUID()}`;
  try {
    renameSync(file, aside); // only one of several can
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  // If it was no longer the dead one's but a new one, it goes back where it was.
  if (readHolder(aside)?.token !== token) {
    try {
      linkSync(aside, file);
    } catch {
      // Taken again in between: then its holder finds on giving back that it is not its own.
    }
  }
  unlinkSync(aside);
}
