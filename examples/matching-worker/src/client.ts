// The client's side: a job for the worker as one call.
import type { Worker } from "node:worker_threads";
import type { MarketColumns, MatchingColumns } from "@emrx/matching/market";
import type { Reply, Request } from "./worker.js";

/** Builds and solves the market of a table in a worker that does nothing else meanwhile. */
export function matchInWorker(
  worker: Worker,
  table: MarketColumns,
  {
    onProgress,
    signal,
  }: {
    readonly onProgress?: (part: "market" | "matching", done: number, total: number) => void;
    readonly signal?: AbortSignal;
  } = {},
): Promise<MatchingColumns> {
  return new Promise((resolve, reject) => {
    const send = (request: Request) => worker.postMessage(request);
    const stop = () => send({ stop: String(signal?.reason) });
    const settle = () => {
      worker.off("message", listen).off("error", fail);
      signal?.removeEventListener("abort", stop);
    };
    const fail = (error: unknown) => {
      settle();
      reject(error);
    };
    const listen = (reply: Reply) => {
      if ("progress" in reply) onProgress?.(...reply.progress);
      else if ("error" in reply)
        fail(Object.assign(new Error(reply.error.message), { code: reply.error.code }));
      else {
        settle();
        resolve(reply.matching);
      }
    };
    worker.on("message", listen).on("error", fail);
    signal?.addEventListener("abort", stop);
    send({ table });
    if (signal?.aborted) stop();
  });
}
