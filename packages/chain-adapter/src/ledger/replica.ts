// One reader's copy of a ledger: the state after every entry so far, the tree over them, and what each entry did.
// It can go back, as far as the log may be reorganized.

import { toHex } from "@emrx/internal/bytes";
import { integer } from "@emrx/internal/shape";
import type { Hex32, LedgerTime } from "../codec/fields.js";
import { decodeGenesis, type Genesis, ledgerId } from "../codec/genesis.js";
import type { CallId } from "../codec/signed-call.js";
import type { ContractState } from "../contracts/state.js";
import { check } from "../errors/check.js";
import { MerkleTree } from "../merkle/tree.js";
import { chainHash, entryLeafHash, type VerifiedEntry } from "./entry.js";
import type { Checkpoint, LogEntry } from "./port.js";
import {
  applyEntry,
  type CallRecord,
  type EntryOutcome,
  emptyLedgerState,
  findCall,
  type LedgerState,
} from "./replay.js";

/** The entries before a snapshot, as a replica that goes on from there asks for them. They are final. */
export interface Past {
  readonly size: number;
  /** The state of the contracts after them. */
  readonly contracts: ContractState;
  /** The tree over them; the replica lets it grow. */
  readonly tree: MerkleTree;
  call(id: CallId): CallRecord | undefined;
  outcome(index: number): EntryOutcome;
  timeOf(index: number): LedgerTime;
  /** The hash chain over the first `size` of them. */
  chain(size: number): Uint8Array<ArrayBuffer>;
}

/** A reader's copy of a ledger. */
export class Replica {
  readonly genesis: Genesis;
  readonly id: Hex32;
  readonly #past: Past | undefined;
  /** Entries of the past; the lists that follow begin after them. */
  readonly #from: number;
  #tree: MerkleTree;
  /** chain[n] is the hash chain over the past and n entries. */
  readonly #chain: Uint8Array<ArrayBuffer>[];
  readonly #times: LedgerTime[] = [];
  readonly #outcomes: EntryOutcome[] = [];
  /** The states after the last final entry and after each that is not final yet. */
  readonly #states: LedgerState[];
  #final: number;

  /**
   * @param first entry 0 of the log
   * @param past the entries before a snapshot, `first` among them
   */
  constructor(first: LogEntry, past?: Past) {
    this.genesis = decodeGenesis(first.bytes);
    this.id = ledgerId(this.genesis);
    this.#past = past;
    this.#from = past?.size ?? 0;
    this.#tree = past?.tree ?? new MerkleTree();
    this.#chain = [past?.chain(past.size) ?? new Uint8Array(32)];
    if (past === undefined) {
      this.#states = [];
      this.#record(first, { kind: "genesis" }, emptyLedgerState());
    } else {
      const { contracts } = past;
      this.#states = [{ ...emptyLedgerState(), contracts, earlier: (id) => past.call(id) }];
    }
    this.#final = this.size;
  }

  /** Entries that the log never takes back. The genesis is one from the beginning. */
  get final(): number {
    return this.#final;
  }

  /** Notes that the log takes the first `size` entries back no more, as far as they were read. */
  finalize(size: number): void {
    const final = Math.min(size, this.size);
    if (final <= this.#final) return;
    this.#states.splice(0, final - this.#final);
    this.#final = final;
  }

  get size(): number {
    return this.#from + this.#times.length;
  }

  get time(): LedgerTime {
    return this.timeOf(this.size - 1);
  }

  get state(): LedgerState {
    return this.#states.at(-1) as LedgerState;
  }

  /** The state after the last final entry. */
  get finalState(): LedgerState {
    return this.#states[0] as LedgerState;
  }

  get tree(): MerkleTree {
    return this.#tree;
  }

  /** What is known of a call. */
  call(id: CallId): CallRecord | undefined {
    return findCall(this.state, id);
  }

  outcome(index: number): EntryOutcome | undefined {
    return index < this.#from ? this.#past?.outcome(index) : this.#outcomes[index - this.#from];
  }

  timeOf(index: number): LedgerTime {
    return (
      this.#past !== undefined && index < this.#from
        ? this.#past.timeOf(index)
        : this.#times[index - this.#from]
    ) as LedgerTime;
  }

  /** The hash chain over the first `size` entries. */
  chain(size: number): Uint8Array<ArrayBuffer> | undefined {
    if (size < 0) return undefined;
    return size < this.#from ? this.#past?.chain(size) : this.#chain[size - this.#from];
  }

  /** The checkpoint when the log had `size` entries. */
  checkpoint(size: number = this.size): Checkpoint {
    check(integer(1, this.size), size, "size", "EMRX_LOG_RANGE");
    const root = toHex(this.#tree.root(size));
    return { ledger: this.id, size, root, time: this.timeOf(size - 1) };
  }

  /** Takes the next entry in. */
  add(entry: LogEntry, verified: VerifiedEntry): EntryOutcome {
    const { state, outcome } = applyEntry(this.state, verified, entry, this.id, this.genesis);
    this.#record(entry, outcome, state);
    return outcome;
  }

  /** Goes back to the first `size` entries, not fewer than are final; returns what the entries taken back had done. */
  rewind(size: number): readonly EntryOutcome[] {
    const back = this.size - size;
    this.#states.length -= back;
    this.#times.length = size - this.#from;
    this.#chain.length = size - this.#from + 1;
    const leaves = new Uint8Array(size * 32);
    for (let i = 0; i < size; i++) leaves.set(this.#tree.leaf(i), i * 32);
    this.#tree = new MerkleTree(leaves);
    return this.#outcomes.splice(size - this.#from);
  }

  #record(entry: LogEntry, outcome: EntryOutcome, state: LedgerState): void {
    const leaf = entryLeafHash(entry);
    this.#tree.append(leaf);
    this.#chain.push(chainHash(this.#chain.at(-1) as Uint8Array, leaf));
    this.#times.push(entry.time);
    this.#outcomes.push(outcome);
    this.#states.push(state);
  }
}
