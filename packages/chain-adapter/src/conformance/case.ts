// One case of the kit.
import type { CaseNeeds } from "./harness.js";
import type { Market } from "./market.js";

/** A case as it is written down. */
export interface CaseText {
  /** Stable number. */
  readonly number: number;
  readonly title: string;
  /** Why it cannot run here; undefined if it can. */
  readonly needs?: (needs: CaseNeeds) => string | undefined;
  run(market: Market): Promise<void>;
}

/** What a harness may be able to do, and what is said where it is not. */
const abilities = {
  reopen: "open a ledger again",
  another: "open a second client",
  failNext: "make an append fail",
  failDisk: "make a disk fail",
  reorganize: "reorganize the log",
  damage: "damage what a closed ledger keeps",
  openLog: "open the log under a ledger",
  restart: "restart what holds the log",
  kill: "kill what holds the log",
  partition: "cut a client off",
} as const;

/** A need for something that the harness can do. */
export const can =
  (...names: readonly (keyof typeof abilities)[]) =>
  ({ harness }: CaseNeeds): string | undefined => {
    const missing = names.find((name) => harness[name] === undefined);
    return missing === undefined ? undefined : `the harness cannot ${abilities[missing]}`;
  };
