// A complete ledger over any log that keeps records in one order: it submits signed calls as records, reads the
// records back in their order and runs them through the contracts. What the log orders decides, not who was first here.
import { encodeGenesis, type Genesis, ledgerId } from "../codec/genesis.js";
import type { VerifySignature } from "../codec/signed-call.js";
import { LedgerError } from "../errors.js";
import { verifySignature } from "../identity/scheme.js";
import { CheckedLog } from "./checked-log.js";
import { LogLedger, type OrderedLogLedger, type Resumption } from "./log-ledger.js";
import { readLogSnapshot, type SnapshotOptions, snapshotSaver } from "./log-snapshot.js";
import type { OrderedLog } from "./ordered-log.js";
import type { LogEntry } from "./port.js";
import { Replica } from "./replica.js";
import { requireOption } from "./require.js";

/** Settings of `fromOrderedLog`. */
export interface OrderedLogOptions {
  /** Founds the ledger if the log is empty; otherwise the log's own genesis must equal it. */
  readonly genesis?: Genesis;
  /** Another signature check than `verifySignature`. */
  readonly verify?: VerifySignature;
  /** Where snapshots are kept, and who signs them: opening goes on from one instead of running every call again. */
  readonly snapshots?: SnapshotOptions;
  /** Milliseconds after which an answer of the log is no longer waited for; two minutes by default. */
  readonly timeout?: number;
}

/**
 * Makes a complete ledger over a log: the four contracts, idempotent submission, events, proofs.
 *
 * Nothing that the log says is believed unchecked: answers have the form that the port states, entries follow on, their time
 * never goes back, every reading begins with an entry that is known, what was appended stands where the log said, and what was
 * final stays. A log that breaks this stops the ledger: everybody who waits, and every later call, gets `EMRX_LOG_FAULT`, or
 * `EMRX_ROLLED_BACK` if something that was acknowledged is gone. A record that is no call of this ledger is no fault: it is an
 * entry without effect, which the audit counts.
 *
 * @param log any log that keeps records in one order; the ledger closes it when it is closed
 * @param options `genesis` for an empty log, `timeout` for its answers
 * @returns the ledger, with everything in the log replayed
 * @throws LedgerError `EMRX_GENESIS` if the log is empty and no genesis is given, or its genesis is another; `EMRX_LOG_FAULT` or
 * `EMRX_ROLLED_BACK` if the log breaks its rules; `EMRX_STORAGE` if it cannot be reached or does not answer in time
 * @example
 * ```ts
 * import { createGenesis, fromOrderedLog } from "@emrx/chain-adapter";
 * import { memoryLog } from "@emrx/chain-adapter/ledger";
 *
 * const ledger = await fromOrderedLog(memoryLog(), { genesis: createGenesis({ name: "trial" }) });
 * (await ledger.checkpoint()).size; // => 1
 * ```
 */
export async function fromOrderedLog(
  log: OrderedLog,
  options: OrderedLogOptions = {},
): Promise<OrderedLogLedger> {
  const checked = checkedLog(log, options);
  const { snapshots } = options;
  if (snapshots === undefined) return openLedger(checked, options, {});
  const { past, ignored } = await readLogSnapshot(checked, snapshots);
  const saver = snapshotSaver(snapshots, past?.size ?? 0);
  return openLedger(checked, options, {
    ...(past === undefined ? {} : { past }),
    ...(ignored === undefined ? {} : { ignored }),
    ...saver,
  });
}

/** `fromOrderedLog`, for logs that keep snapshots themselves. */
export async function resumeLedger(
  log: OrderedLog,
  options: OrderedLogOptions,
  resumption: Resumption,
): Promise<OrderedLogLedger> {
  return openLedger(checkedLog(log, options), options, resumption);
}

function checkedLog(log: OrderedLog, { timeout = 120_000 }: OrderedLogOptions): CheckedLog {
  requireOption("timeout", timeout, 1);
  return new CheckedLog(log, timeout);
}

async function openLedger(
  log: CheckedLog,
  { genesis, verify = verifySignature }: OrderedLogOptions,
  resumption: Resumption,
): Promise<OrderedLogLedger> {
  if ((await log.size()) === 0) {
    if (genesis === undefined) {
      throw new LedgerError(
        "EMRX_GENESIS",
        "the log is empty: give options.genesis to found a ledger",
      );
    }
    await log.append([encodeGenesis(genesis)]);
  }
  const [first] = (await log.read(0, 1)) as [LogEntry];
  const replica = new Replica(first, resumption.past);
  if (genesis !== undefined && ledgerId(genesis) !== replica.id) {
    throw new LedgerError(
      "EMRX_GENESIS",
      `the log belongs to ledger ${replica.id} ("${replica.genesis.name}"), not to ${ledgerId(genesis)}.`,
    );
  }
  const ledger = new LogLedger(log, replica, verify, resumption);
  await ledger.start();
  return ledger;
}
