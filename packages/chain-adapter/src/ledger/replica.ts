// One reader's copy of a ledger: the state after every entry so far, the tree over them, and what each entry did.
// It can go back, as far as the log may be reorganized.
import type { Hex32, LedgerTime } from "../codec/fields.js";
import { decodeGenesis, type Genesis, ledgerId } from "../codec/genesis.js";
import { toHex } from "../codec/hex.js";
import { LedgerError } from "../errors.js";
import { MerkleTree } from "../merkle/index.js";
import { chainHash, entryLeafHash, type Judged } from "./entry.js";
import type { Head, LogEntry } from "./port.js";
import { applyEntry, type EntryOutcome, emptyLedgerState, type LedgerState } from "./replay.js";

/** A reader's copy of a ledger. */
export class Replica {
  readonly genesis: Genesis;
  readonly id: Hex32;
  readonly #depth: number;
  #tree = new MerkleTree();
  /** chain[n] is the hash chain over the first n entries. */
  readonly #chain: Uint8Array[] = [new Uint8Array(32)];
  readonly #times: LedgerTime[] = [];
  readonly #outcomes: EntryOutcome[] = [];
  /** The states after the last entries, as many as may be taken back, and one before them. */
  readonly #states: LedgerState[] = [emptyLedgerState()];

  /**
   * @param first entry 0 of the log
   * @param depth entries that a reorganization may take back at most
   */
  constructor(first: LogEntry, depth: number) {
    this.genesis = decodeGenesis(first.bytes);
    this.id = ledgerId(this.genesis);
    this.#depth = depth;
    this.#record(first, { kind: "genesis" }, emptyLedgerState());
  }

  get size(): number {
    return this.#times.length;
  }

  get time(): LedgerTime {
    return this.#times.at(-1) ?? 0;
  }

  get state(): LedgerState {
    return this.#states.at(-1) as LedgerState;
  }

  get tree(): MerkleTree {
    return this.#tree;
  }

  outcome(index: number): EntryOutcome | undefined {
    return this.#outcomes[index];
  }

  timeOf(index: number): LedgerTime {
    return this.#times[index] as LedgerTime;
  }

  /** The hash chain over the first `size` entries. */
  chain(size: number): Uint8Array | undefined {
    return this.#chain[size];
  }

  /** The head when the log had `size` entries. */
  head(size: number = this.size): Head {
    if (!Number.isSafeInteger(size) || size < 1 || size > this.size) {
      throw new LedgerError(
        "EMRX_LOG_RANGE",
        `size must be a whole number from 1 to ${this.size}; got ${String(size)}.`,
      );
    }
    const root = toHex(this.#tree.root(size));
    return { ledger: this.id, size, root, time: this.timeOf(size - 1) };
  }

  /** Takes the next entry in. */
  add(entry: LogEntry, judged: Judged): EntryOutcome {
    const { state, outcome } = applyEntry(this.state, judged, entry, this.id, this.genesis);
    this.#record(entry, outcome, state);
    return outcome;
  }

  /** Goes back to the first `size` entries; returns what the entries taken back had done. */
  rewind(size: number): readonly EntryOutcome[] {
    const back = this.size - size;
    if (size < 1 || back > this.#depth || back >= this.#states.length) {
      throw new LedgerError(
        "EMRX_DAMAGED",
        `the log took back ${back} entries, but its entries are final after ${this.#depth}.`,
      );
    }
    this.#states.length -= back;
    this.#times.length = size;
    this.#chain.length = size + 1;
    const leaves = new Uint8Array(size * 32);
    for (let i = 0; i < size; i++) leaves.set(this.#tree.leaf(i), i * 32);
    this.#tree = new MerkleTree(leaves);
    return this.#outcomes.splice(size);
  }

  #record(entry: LogEntry, outcome: EntryOutcome, state: LedgerState): void {
    const leaf = entryLeafHash(entry);
    this.#tree.append(leaf);
    this.#chain.push(chainHash(this.#chain.at(-1) as Uint8Array, leaf));
    this.#times.push(entry.time);
    this.#outcomes.push(outcome);
    this.#states.push(state);
    if (this.#states.length > this.#depth + 1) this.#states.shift();
  }
}
