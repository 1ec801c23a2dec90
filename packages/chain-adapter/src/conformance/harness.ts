// What an integrator gives the conformance kit: how to make a ledger, and whichever accidents can be arranged for it.
import type { Genesis } from "../codec/genesis.js";
import type { Identity } from "../identity/identity.js";
import type { OrderedLog } from "../ledger/ordered-log.js";
import type { ChainAdapter, Manifest } from "../ledger/port.js";

/** Accidents of an append. */
export type Accident =
  /** It fails before anything is written. */
  | "before"
  /** It is written, but the answer is lost. */
  | "after";

/** Damage to what a ledger keeps, while it is closed. */
export type Damage = "flip" | "cut" | "hole" | "swap" | "missing";

/** What a disk can do wrong: no room left, not to be written to, or what was written does not get down to it. */
export type DiskFault = "full" | "read-only" | "sync";

/** How the kit makes ledgers, and what it can do to them. What is left out makes the cases that need it be skipped. */
export interface ConformanceHarness {
  /** For people. */
  readonly name: string;
  /** A new, empty ledger with this genesis, on which nobody else works. */
  create(genesis: Genesis): Promise<ChainAdapter>;
  /** Lets ledger time pass, at least so many milliseconds. By default it waits. */
  wait?(ledger: ChainAdapter, milliseconds: number): Promise<void>;
  /** Length of the shorter time windows of the kit, milliseconds: 200 by default, more if `wait` costs nothing. */
  readonly window?: number;
  /** Longest that a case may take, milliseconds: 10,000 by default. A ledger that never answers fails. */
  readonly timeLimit?: number;
  /** How far the larger cases go, for ledgers on which they would take too long or cost too much. */
  readonly limits?: {
    /** Most entries that a case writes: 1,100 by default, which is beyond the usual lengths of a page. */
    readonly entries?: number;
    /** Bytes of the largest record that is tried: the manifest's `maxCallBytes` by default. */
    readonly recordBytes?: number;
  };
  /** Identities of the signature scheme that the ledger takes, from a secret of 32 bytes: Ed25519 by default. */
  identity?(secret: Uint8Array<ArrayBuffer>): Promise<Identity>;
  /** Resolves when a ledger has read all that its log holds. By default the kit looks until it sees what it waits for. */
  caughtUp?(ledger: ChainAdapter): Promise<void>;
  /** Opens a closed ledger again. */
  reopen?(ledger: ChainAdapter): Promise<ChainAdapter>;
  /** A second client of the same ledger, at the same time. */
  another?(ledger: ChainAdapter): Promise<ChainAdapter>;
  /** Whether `another` must be refused with `EMRX_LOCKED`. */
  readonly singleWriter?: boolean;
  /** Makes the next append fail. */
  failNext?(ledger: ChainAdapter, accident: Accident): void;
  /** Lets the disk under an open ledger fail from now on, until the ledger is opened again. */
  failDisk?(ledger: ChainAdapter, fault: DiskFault): void;
  /** Takes the last `depth` entries back and puts the records of `keep` (indices of old entries) in their place. */
  reorganize?(ledger: ChainAdapter, depth: number, keep: readonly number[]): Promise<void>;
  /** Damages what a closed ledger keeps. */
  damage?(ledger: ChainAdapter, damage: Damage): Promise<void>;
  /** Another client of the log under a ledger, where there is a log: what stands there is tried without the ledger. */
  openLog?(ledger: ChainAdapter): Promise<OrderedLog>;
  /** Shuts down in order what holds the log (a server, a node), and starts it again. */
  restart?(ledger: ChainAdapter): Promise<void>;
  /** Kills it without warning, and starts it again. Of a cluster, one node at a time. */
  kill?(ledger: ChainAdapter): Promise<void>;
  /** Cuts a client, or the node that serves it, off from the others; resolves with what ends that. */
  partition?(ledger: ChainAdapter): Promise<() => Promise<void>>;
  /** Cleans up after a case; every ledger and log of it is closed. */
  dispose?(ledger: ChainAdapter): Promise<void>;
  /** Cases that make no sense for this ledger, with the reason, by number. */
  readonly notApplicable?: Readonly<Record<number, string>>;
}

/** What a case looks at to know whether it can run. */
export interface CaseNeeds {
  readonly harness: ConformanceHarness;
  readonly manifest: Manifest;
}
