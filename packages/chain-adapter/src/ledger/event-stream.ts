// The stream of events: pulled by its reader, so that a slow one holds nobody up and misses nothing.
import { text } from "@emrx/internal/shape";
import { check } from "../errors/check.js";
import { requireWait } from "./arguments.js";
import { makeCursor, readCursor } from "./cursor.js";
import type { Cursor, EventBatch, WaitOptions } from "./port.js";
import type { Replica } from "./replica.js";

/** What a stream reads from. */
export interface EventSource {
  readonly replica: Replica;
  closed(): boolean;
  failure(): unknown;
  /** Calls the listener after every change; returns a function that ends that. */
  onChange(listener: () => void): () => void;
}

/** Events from the beginning or after a cursor, and then as they come. */
export async function* streamEvents(
  source: EventSource,
  from: Cursor | undefined,
  options: WaitOptions,
): AsyncGenerator<EventBatch, void, undefined> {
  const { replica } = source;
  const { signal } = requireWait(options);
  let cursor =
    from === undefined ? makeCursor(replica, 0) : check(text(), from, "from", "EMRX_CURSOR");
  // Listening starts before the first look, so that no change falls between the two.
  let wake: () => void = () => {};
  const stop = source.onChange(() => wake());
  const abort = (): void => wake();
  signal?.addEventListener("abort", abort);
  try {
    while (!signal?.aborted) {
      const { seen, shared } = readCursor(replica, cursor);
      if (shared < seen) {
        cursor = makeCursor(replica, shared);
        yield { kind: "retraction", from: shared, cursor };
        continue;
      }
      if (seen < replica.size) {
        const outcome = replica.outcome(seen);
        cursor = makeCursor(replica, seen + 1);
        if (outcome?.kind === "accepted") {
          const { id: call, events } = outcome;
          yield { kind: "events", index: seen, time: replica.timeOf(seen), call, events, cursor };
        }
        continue;
      }
      if (source.failure() !== undefined) throw source.failure();
      if (source.closed()) return;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  } finally {
    stop();
    signal?.removeEventListener("abort", abort);
  }
}
