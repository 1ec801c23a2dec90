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

/** A case that this kit has no way to try on any ledger without a chain of its own; the reason says why. */
export function notHere(number: number, title: string, reason: string): CaseText {
  return { number, title, needs: () => reason, run: async () => {} };
}

/** A need for something that the harness can do. */
export const can =
  (
    name: "reopen" | "another" | "failNext" | "failDisk" | "reorganize" | "damage" | "appendRaw",
    what: string,
  ) =>
  ({ harness }: CaseNeeds): string | undefined =>
    harness[name] === undefined ? `the harness cannot ${what}` : undefined;
