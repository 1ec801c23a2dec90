// What an integrator gives the store kit: how to make a store, and whichever accidents can be arranged for it.
import type { Store } from "../stores/store.js";

/** How the kit makes stores. What is left out makes the cases that need it be skipped. */
export interface StoreHarness {
  /** For people. */
  readonly name: string;
  /** A new, empty store that nobody else uses. */
  create(): Promise<Store>;
  /** Opens what the store keeps again, as after a restart; the given one is not used any more. */
  reopen?(store: Store): Promise<Store>;
  /** A second client of the same data, at the same time, best in another process or over another connection. */
  another?(store: Store): Promise<Store>;
  /** Makes the next write fail as a full disk or a cut connection would. */
  failNext?(store: Store): void;
  /** Cleans up after a case; gets every store that the case used last. */
  dispose?(store: Store): Promise<void>;
  /** Longest that a case may take, milliseconds: 30,000 by default. */
  readonly timeLimit?: number;
}
