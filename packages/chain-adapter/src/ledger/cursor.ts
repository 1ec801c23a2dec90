// Cursors: places in the stream of events that survive restarts and reorganizations. A cursor names how many entries
// were seen, with the hash chain there and at every earlier place that a reorganization might go back to.
import { toHex } from "@emrx/internal/bytes";
import { LedgerError } from "../errors.js";
import type { Cursor } from "./port.js";
import type { Replica } from "./replica.js";

/** How much of a chain hash a cursor keeps: 8 bytes tell forks apart, and nobody gains by a collision. */
const KEPT = 16;

const short = (hash: Uint8Array): string => toHex(hash).slice(0, KEPT);

/** The cursor after the first `size` entries: the size, then the hashes at size, size - 1, ... down to a final one. */
export function makeCursor(replica: Replica, size: number, depth: number): Cursor {
  const hashes: string[] = [];
  for (let at = size; at >= 0 && at >= size - depth - 1 && hashes.length < 128; at--) {
    hashes.push(short(replica.chain(at) as Uint8Array));
  }
  return `${size}:${hashes.join("")}`;
}

/** How many entries this replica shares with what a cursor has seen; `seen` is what it had seen itself. */
export function readCursor(
  replica: Replica,
  cursor: Cursor,
): { readonly seen: number; readonly shared: number } {
  const match = /^(0|[1-9]\d{0,15}):((?:[0-9a-f]{16}){1,128})$/.exec(cursor);
  if (match === null) {
    throw new LedgerError(
      "EMRX_CURSOR",
      `the cursor must be one that a batch of events carried; got ${JSON.stringify(String(cursor).slice(0, 40))}.`,
    );
  }
  const seen = Number(match[1]);
  const hashes = match[2] as string;
  for (let i = 0; i * KEPT < hashes.length; i++) {
    const here = replica.chain(seen - i);
    if (here !== undefined && short(here) === hashes.slice(i * KEPT, (i + 1) * KEPT)) {
      return { seen, shared: seen - i };
    }
  }
  throw new LedgerError(
    "EMRX_CURSOR",
    `the cursor after ${seen} entries has no entry in common with this log; start from the beginning.`,
  );
}
