// Cursors: places in the stream of events that survive restarts and reorganizations. A cursor names how many entries
// were seen and how many of them were final, with the hash chain there and at places in between, ever further apart. The log
// never takes back what was final, so of a cursor and its log at least that much is always the same.
import { toHex } from "@emrx/internal/bytes";
import { LedgerError } from "../errors.js";
import type { Cursor } from "./port.js";
import type { Replica } from "./replica.js";

/** How much of a chain hash a cursor keeps: 8 bytes tell forks apart, and nobody gains by a collision. */
const KEPT = 16;

const short = (hash: Uint8Array): string => toHex(hash).slice(0, KEPT);

/** The sizes whose chain hashes a cursor has: all of it, 1, 2, 4, ... less, and what was final. */
function places(size: number, final: number): number[] {
  const found = [size];
  for (let back = 1; size - back > final; back *= 2) found.push(size - back);
  if (final < size) found.push(final);
  return found;
}

/** The cursor after the first `size` entries. */
export function makeCursor(replica: Replica, size: number): Cursor {
  const final = Math.min(size, replica.final);
  const hashes = places(size, final).map((at) => short(replica.chain(at) as Uint8Array));
  return `${size}:${final}:${hashes.join("")}`;
}

/**
 * How many entries this replica shares with what a cursor has seen; `seen` is what it had seen itself. After a reorganization
 * it may be some fewer than they really share: what comes again was retracted before.
 */
export function readCursor(
  replica: Replica,
  cursor: Cursor,
): { readonly seen: number; readonly shared: number } {
  const match = /^(0|[1-9]\d{0,15}):(0|[1-9]\d{0,15}):((?:[0-9a-f]{16}){1,56})$/.exec(cursor);
  const [seen, final] = [Number(match?.[1]), Number(match?.[2])];
  const hashes = match?.[3] ?? "";
  const sizes = match === null || final > seen ? [] : places(seen, final);
  if (sizes.length === 0 || sizes.length * KEPT !== hashes.length) {
    throw new LedgerError(
      "EMRX_CURSOR",
      `the cursor must be one that a batch of events carried; got ${JSON.stringify(String(cursor).slice(0, 40))}.`,
    );
  }
  for (const [i, size] of sizes.entries()) {
    const here = replica.chain(size);
    if (here !== undefined && short(here) === hashes.slice(i * KEPT, (i + 1) * KEPT)) {
      return { seen, shared: size };
    }
  }
  throw new LedgerError(
    "EMRX_CURSOR",
    `the cursor after ${seen} entries has no entry in common with this log; start from the beginning.`,
  );
}
