// The worker's side: one job after the other, each of which the client can stop while it runs.
import type { MessagePort } from "node:worker_threads";
import {
  type MarketColumns,
  type MatchingColumns,
  marketFromColumnsAsync,
  matchingColumns,
} from "@emrx/matching/market";
import { solveAsync } from "@emrx/matching/solve";

/** What the client sends. */
export type Request = { readonly table: MarketColumns } | { readonly stop: string };

/** What the worker sends. */
export type Reply =
  | { readonly progress: readonly [part: "market" | "matching", done: number, total: number] }
  | { readonly matching: MatchingColumns }
  | { readonly error: { readonly code: string; readonly message: string } };

/** Answers requests at a port. */
export function serve(port: MessagePort): void {
  let controller = new AbortController();
  port.on("message", async (request: Request) => {
    if ("stop" in request) {
      controller.abort(request.stop);
      return;
    }
    controller = new AbortController();
    const { signal } = controller;
    const reply = (message: Reply) => port.postMessage(message);
    const report = (part: "market" | "matching") => (done: number, total: number) =>
      reply({ progress: [part, done, total] });
    try {
      const market = await marketFromColumnsAsync(request.table, {
        onProgress: report("market"),
        signal,
      });
      const matching = await solveAsync(market, { onProgress: report("matching"), signal });
      reply({ matching: matchingColumns(market, matching) });
    } catch (error) {
      const { code, message } = error as { code: string; message: string };
      reply({ error: { code, message } });
    }
  });
}
