// A small ordering service over HTTP: it keeps records in the order in which they come and gives each the time.
//   POST /records        {"records": [hex, ...]}  ->  {"from": index of the first}
//   GET  /records?from=&to=                       ->  {"entries": [{"index", "time", "bytes"}, ...]}
//   GET  /size?beyond=                            ->  {"size"}; waits up to ten seconds until the size is beyond
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A running service. */
export interface Service {
  readonly url: string;
  /** Makes the next append answer with an error: before it writes, or after. */
  failNext(when: "before" | "after"): void;
  close(): Promise<void>;
}

interface Stored {
  readonly index: number;
  readonly time: number;
  /** Hexadecimal. */
  readonly bytes: string;
}

const PATIENCE = 10_000;

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString("utf8");
}

/** Starts the service on a free port of this machine. */
export async function startService(clock: () => number = Date.now): Promise<Service> {
  const entries: Stored[] = [];
  const waiting = new Set<() => void>();
  let accident: "before" | "after" | undefined;

  function append(records: readonly string[]): number {
    const from = entries.length;
    const time = Math.max(entries.at(-1)?.time ?? 0, clock());
    for (const bytes of records) entries.push({ index: entries.length, time, bytes });
    for (const wake of waiting) wake();
    return from;
  }

  async function grown(beyond: number, request: IncomingMessage): Promise<void> {
    if (entries.length > beyond) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, PATIENCE);
      const wake = (): void => {
        clearTimeout(timer);
        waiting.delete(wake);
        resolve();
      };
      waiting.add(wake);
      request.on("close", wake);
    });
  }

  async function answer(request: IncomingMessage): Promise<unknown> {
    const url = new URL(request.url ?? "/", "http://service");
    const number = (name: string): number => Number(url.searchParams.get(name));
    if (request.method === "POST" && url.pathname === "/records") {
      const { records } = JSON.parse(await bodyOf(request)) as { readonly records: string[] };
      const planned = accident;
      accident = undefined;
      if (planned === "before") return undefined;
      const from = append(records);
      return planned === "after" ? undefined : { from };
    }
    if (url.pathname === "/records")
      return { entries: entries.slice(number("from"), number("to")) };
    if (url.pathname === "/size") {
      if (url.searchParams.has("beyond")) await grown(number("beyond"), request);
      return { size: entries.length };
    }
    return undefined;
  }

  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    answer(request).then(
      (body) => {
        response.writeHead(body === undefined ? 500 : 200, {
          "content-type": "application/json",
        });
        response.end(JSON.stringify(body ?? { error: "failed" }));
      },
      (error: unknown) => {
        response.writeHead(400);
        response.end(String(error));
      },
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    failNext(when) {
      accident = when;
    },
    async close() {
      for (const wake of [...waiting]) wake();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
