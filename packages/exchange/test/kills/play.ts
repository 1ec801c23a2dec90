// A whole round on the ledger in files, every party with a folder of its own, by a process that kills itself before or
// after a durable step of its choice. Run again on the same folder it goes on, by the same calls; at the end it prints what came out.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { ChainAdapter } from "@emrx/chain-adapter";
import { openFileLedger, openFolderStore } from "@emrx/chain-adapter/file";
import type { ContentStore } from "@emrx/chain-adapter/payload";
import { readRound } from "@emrx/exchange";
import type { Store } from "@emrx/ldp-core";
import { fileStore } from "@emrx/ldp-core/file";
import { during, genesis, openWorld, records, requests } from "../world.js";

/** What a round came to, in what must not depend on kills. */
export interface Played {
  readonly steps: number;
  readonly outcomes: readonly string[];
  readonly credits: readonly string[];
  readonly escrow: unknown;
  readonly studies: readonly unknown[];
  /** Contents in the store, and those that the ledger's releases account for. */
  readonly stored: number;
  readonly released: number;
}

/** Plays a round in a folder; dies at durable step `kill`, before it or after it. */
export async function play(folder: string, kill = 0, side = "before"): Promise<Played> {
  let steps = 0;
  async function step<T>(work: () => Promise<T>): Promise<T> {
    const dies = ++steps === kill;
    if (dies && side === "before") await die();
    const done = await work();
    if (dies) await die();
    return done;
  }
  const ledgerOf = async (clock: () => number): Promise<ChainAdapter> => {
    const ledger = await openFileLedger(join(folder, "ledger"), { genesis, clock });
    return new Proxy(ledger, {
      get(target, name) {
        const member = Reflect.get(target, name) as unknown;
        if (typeof member !== "function") return member;
        if (name !== "submit") return member.bind(target);
        return (call: Parameters<ChainAdapter["submit"]>[0]) => step(() => target.submit(call));
      },
    });
  };
  const files = await openFolderStore(join(folder, "store"));
  const store: ContentStore = {
    ...files,
    put: (bytes) => step(() => files.put(bytes)),
    delete: (id) => step(() => files.delete(id)),
  };
  const memories: { close(): Promise<void> }[] = [];
  const memory = async (name: string): Promise<Store> => {
    const own = await fileStore(join(folder, name), { secret: new Uint8Array(32).fill(9) });
    memories.push(own);
    return { read: own.read, write: (writes) => step(() => own.write(writes)) };
  };
  const world = await openWorld({ ledger: ledgerOf, store, memory, sites: 2, labs: 3 });
  const { ledger, clock, sites, labs, seeders } = world;
  // The windows are those of the round that was opened first, whatever this process thinks.
  const { windows } = (await readRound(ledger, 1)) ?? world;
  for (const window of ["offer", "seed", "grant", "read", "release", "claim", "settle"] as const) {
    during({ clock }, windows, window);
    const { time } = await ledger.checkpoint();
    if (window === "offer" && time < windows.offer) {
      for (const [i, site] of sites.entries()) await site.offer(records(i), { round: 1 });
      for (const [i, lab] of labs.entries())
        await lab.request({ ...(requests[i] as (typeof requests)[number]), round: 1 });
    }
    for (const party of [...seeders, ...sites, ...labs]) await party.step(1);
    // A patient's site changes its mind when everybody has read.
    if (window === "read" && time < windows.read) await sites[0]?.revoke(1, labs[0]?.id ?? "");
  }
  const round = await readRound(ledger, 1);
  const parties = [...seeders, ...sites, ...labs].map(({ id }) => id);
  const studies = [];
  for (const lab of labs) {
    const { study } = await lab.step(1);
    studies.push([study?.deliveries, study?.quality()]);
  }
  const names = readdirSync(join(folder, "store"), { recursive: true, withFileTypes: true });
  const played = {
    steps,
    outcomes: (round?.pairs ?? []).map((pair) => `${pair.units} ${pair.outcome}`),
    credits: await Promise.all(
      parties.map((party) => ledger.view({ type: "trade.credit", party })),
    ),
    escrow: await ledger.view({ type: "trade.escrow" }),
    studies,
    stored: names.filter((entry) => entry.isFile()).length,
    released: (round?.pairs ?? []).filter(({ wrappedKey }) => wrappedKey !== undefined).length,
  };
  await ledger.close();
  for (const own of memories) await own.close();
  return played;
}

async function die(): Promise<never> {
  process.kill(process.pid, "SIGKILL");
  return new Promise(() => undefined);
}

const [folder, kill, side] = process.argv.slice(2);
if (folder !== undefined) console.log(JSON.stringify(await play(folder, Number(kill ?? 0), side)));
