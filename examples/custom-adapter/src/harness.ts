// What the conformance kit needs to know: how to make a ledger over the service, and which accidents it can have.
import { type ChainAdapter, fromOrderedLog } from "@emrx/chain-adapter";
import type { ConformanceHarness } from "@emrx/chain-adapter/conformance";
import { httpLog } from "./http-log.js";
import { type Service, startService } from "./service.js";

/** The ledger over HTTP, as the kit wants it. */
export function httpHarness(): ConformanceHarness {
  const services = new Map<ChainAdapter, Service>();
  let now = 1_000_000;
  const serviceOf = (ledger: ChainAdapter): Service => services.get(ledger) as Service;
  const over = async (service: Service, opening: Promise<ChainAdapter>): Promise<ChainAdapter> => {
    const ledger = await opening;
    services.set(ledger, service);
    return ledger;
  };
  const open = (ledger: ChainAdapter): Promise<ChainAdapter> => {
    const service = serviceOf(ledger);
    return over(service, fromOrderedLog(httpLog(service.url)));
  };
  return {
    name: "http",
    window: 10_000,
    async create(genesis) {
      const service = await startService(() => now);
      return over(service, fromOrderedLog(httpLog(service.url), { genesis }));
    },
    async wait(_, milliseconds) {
      now += milliseconds;
    },
    reopen: open,
    another: open,
    failNext: (ledger, accident) => serviceOf(ledger).failNext(accident),
    openLog: async (ledger) => httpLog(serviceOf(ledger).url),
    dispose: (ledger) => serviceOf(ledger).close(),
  };
}
