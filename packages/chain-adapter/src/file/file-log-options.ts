// What a log in files is given, and what it is beside a log.
import type { Identity } from "../identity/identity.js";
import type { PublicKey } from "../identity/public-key.js";
import type { OrderedLog } from "../ledger/ordered-log.js";
import type { Disk } from "./disk.js";
import type { TornTail } from "./segments.js";

/** Settings of a log in files. */
export interface FileLogOptions {
  /** The clock, in milliseconds; the platform's by default. The log's time never goes back even if the clock does. */
  readonly clock?: () => number;
  /** Signs the checkpoint. */
  readonly signer?: Identity;
  /**
   * Public key that the checkpoint found must be signed by, with its scheme; an identity will do. Without it a checkpoint without signature is accepted, and
   * with a `signer` a checkpoint signed by another key is not.
   */
  readonly verifyKey?: PublicKey;
  /** Size from which a new segment is begun, bytes; 64 MiB by default. */
  readonly segmentBytes?: number;
  /** How records are written; the platform's way by default. For tests of what a disk can do wrong. */
  readonly disk?: Disk;
}

/** A log in files. */
export interface FileLog extends OrderedLog {
  /** What was cut off at opening: an unfinished write that nobody had been told was done. */
  readonly recovered: TornTail | undefined;
}
