// A cluster as the conformance kit wants it.
import { LedgerError } from "@emrx/chain-adapter";
import type { Accident, ConformanceHarness } from "@emrx/chain-adapter/conformance";
import { type ChainAdapter, fromOrderedLog, type OrderedLog } from "@emrx/chain-adapter/ledger";
import { killed, later, NODES, type turns } from "./cluster.js";
import type { System } from "./systems.js";

interface Opened {
  readonly name: string;
  accident: Accident | undefined;
}

/** The ledger on a cluster. What the kit does to nodes is done in turn with the troubles beside it. */
export function clusterHarness(
  name: string,
  system: System,
  inTurn: ReturnType<typeof turns>,
): ConformanceHarness {
  const { cluster } = system;
  const opened = new Map<ChainAdapter, Opened>();
  let [now, logs, node] = [1_000_000, 0, 0];
  const of = (ledger: ChainAdapter): Opened => opened.get(ledger) as Opened;
  const openLog = (log: string): Promise<OrderedLog> => system.open(log, () => now);

  async function over(
    logName: string,
    ...options: Parameters<typeof fromOrderedLog>[1][]
  ): Promise<ChainAdapter> {
    const log = await openLog(logName);
    const state: Opened = { name: logName, accident: undefined };
    const failing: OrderedLog = {
      ...log,
      async append(records) {
        const { accident } = state;
        state.accident = undefined;
        if (accident === "before") throw new LedgerError("EMRX_STORAGE", "nothing was written");
        const index = await log.append(records);
        if (accident === "after") throw new LedgerError("EMRX_STORAGE", "the answer was lost");
        return index;
      },
    };
    const ledger = await fromOrderedLog(failing, ...options);
    opened.set(ledger, state);
    return ledger;
  }

  const end = (signal: "SIGKILL" | "SIGTERM"): Promise<void> =>
    inTurn(async () => {
      await killed(cluster, node++ % NODES.length, signal);
      await later(1000);
    });

  return {
    name,
    window: 10_000,
    timeLimit: 60_000,
    limits: { entries: 300 },
    async create(genesis) {
      const log = `kit${logs++}`;
      await system.create(log);
      return over(log, { genesis });
    },
    async wait(_, milliseconds) {
      now += milliseconds;
    },
    reopen: (ledger) => over(of(ledger).name),
    another: (ledger) => over(of(ledger).name),
    openLog: (ledger) => openLog(of(ledger).name),
    failNext(ledger, accident) {
      of(ledger).accident = accident;
    },
    kill: () => end("SIGKILL"),
    restart: () => end("SIGTERM"),
    async partition() {
      const cut = node++ % NODES.length;
      let heal = (): void => {};
      const healed = new Promise<void>((resolve) => {
        heal = resolve;
      });
      await new Promise<void>((begun) => {
        void inTurn(async () => {
          cluster.cut(cut);
          begun();
          await healed;
          cluster.heal(cut);
        });
      });
      return async () => heal();
    },
  };
}
