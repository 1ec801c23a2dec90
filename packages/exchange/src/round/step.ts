// What every party's step has in common: it reads the round, does what is due, and says what comes next.
import type { ChainAdapter, Identity } from "@emrx/chain-adapter";
import { ExchangeError } from "../errors/exchange-error.js";
import { submitCall } from "../ledger/calls.js";
import { type Round, readRound } from "./read.js";

/** What a step did, and what comes next. */
export interface StepReport {
  /** What was done, for people; empty where nothing was due. */
  readonly did: readonly string[];
  /** What this party has to do next, and when that begins, milliseconds since 1970; undefined once there is nothing left. */
  readonly next?: { readonly what: string; readonly at: number };
}

/** What every party is made of. */
export interface PartyOptions {
  readonly ledger: ChainAdapter;
  /** Signs the party's calls. */
  readonly identity: Identity;
  /** The party's name, 64 hexadecimal digits: its first key, where another has followed it (`replaceKey`). */
  readonly party?: string;
  /** At least 32 secret random bytes, the same after every restart. */
  readonly secret: Uint8Array;
  /** Tells what is due, milliseconds since 1970; the system's clock unless given. */
  readonly clock?: () => number;
}

/** The round at the present, if it was opened. */
export async function presentRound(
  { ledger, clock = Date.now }: PartyOptions,
  round: number,
): Promise<Round | undefined> {
  const { time } = await ledger.checkpoint();
  return readRound(ledger, round, { time: Math.max(time, clock()) });
}

/** Throws where a round takes no offers and requests any more. */
export function requireOfferWindow({ round, phase, windows }: Round): void {
  if (phase === "offer") return;
  throw new ExchangeError(
    "EMRX_EXCHANGE_ROUND",
    `round ${round} takes no offers and requests any more, since ${windows.offer}; take part in another round`,
  );
}

/** Settles what is left of a round: anybody may. */
export async function settleRound(
  { ledger, identity }: PartyOptions,
  { round, phase, settled: { done, of } }: Round,
): Promise<string[]> {
  if ((phase !== "settle" && phase !== "void") || done >= of) return [];
  for (let at = done; at < of; at += 1000) {
    const outcome = await submitCall(
      ledger,
      identity,
      { type: "trade.settle", round },
      `step ${at}`,
    );
    // Somebody else may have been quicker.
    if ("refused" in outcome && outcome.refused !== "EMRX_ALREADY_SETTLED") throw outcome.error;
  }
  return [`settled round ${round}`];
}

/** Runs steps one after the other, so that none sees another half done. */
export function inTurn(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const mine = last.then(work, work);
    last = mine.catch(() => undefined);
    return mine;
  };
}
