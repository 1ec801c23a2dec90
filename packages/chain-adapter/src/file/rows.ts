// The rows of a snapshot: 160 bytes for every entry, and beside them what the entry did, as JSON. Both only grow.
import type { CallId } from "../codec/signed-call.js";
import type { CallRecord, EntryOutcome } from "../ledger/replay.js";
import type { Replica } from "../ledger/replica.js";

/** Bytes of a row. Numbers are doubles, which hold whole numbers up to 2^53. */
export const ROW_BYTES = 160;
const [OFFSET, TIME, DETAIL_AT, DETAIL_BYTES, KIND, LEAF, CHAIN, ID, BODY] = [
  0, 8, 16, 24, 28, 32, 64, 96, 128,
];
const kinds = ["genesis", "accepted", "rejected", "repeated", "invalid"] as const;

/** What is kept of an outcome besides its kind and call id. */
function detailOf(outcome: EntryOutcome): unknown {
  switch (outcome.kind) {
    case "accepted":
      return outcome.events;
    case "rejected":
      return outcome.rejection;
    case "invalid":
      return outcome.code;
    default:
      return undefined;
  }
}

/** The rows of the entries from `from` on that a replica has, and their details. */
export function rowsOf(
  replica: Replica,
  from: number,
  detailAt: number,
  offsetOf: (index: number) => number,
): { readonly rows: Buffer; readonly details: Buffer } {
  const rows = Buffer.alloc((replica.size - from) * ROW_BYTES);
  const details: Buffer[] = [];
  let at = detailAt;
  for (let index = from; index < replica.size; index++) {
    const outcome = replica.outcome(index) as EntryOutcome;
    const row = rows.subarray((index - from) * ROW_BYTES);
    const text = JSON.stringify(detailOf(outcome)) ?? "";
    const detail = Buffer.from(text);
    row.writeDoubleBE(offsetOf(index), OFFSET);
    row.writeDoubleBE(replica.timeOf(index), TIME);
    row.writeDoubleBE(at, DETAIL_AT);
    row.writeUInt32BE(detail.length, DETAIL_BYTES);
    row[KIND] = kinds.indexOf(outcome.kind);
    row.set(replica.tree.leaf(index), LEAF);
    row.set(replica.chain(index + 1) as Uint8Array, CHAIN);
    if ("id" in outcome) {
      row.write(outcome.id, ID, 32, "hex");
      const record = replica.call(outcome.id) as CallRecord;
      row.write(record.bodyHash, BODY, 32, "hex");
    }
    details.push(detail);
    at += detail.length;
  }
  return { rows, details: Buffer.concat(details) };
}

/** Rows read back. */
export class Rows {
  readonly size: number;
  readonly #rows: Buffer;
  readonly #details: Buffer;
  /** Where the rows of calls are by the first bytes of their ids: open addressing, index + 1, at most half full. */
  readonly #slots: Int32Array;

  /** @param rows whole rows; `details` is what they refer to */
  constructor(rows: Buffer, details: Buffer) {
    this.size = rows.length / ROW_BYTES;
    this.#rows = rows;
    this.#details = details;
    this.#slots = new Int32Array(2 ** Math.ceil(Math.log2(2 * this.size + 2)));
    for (let index = 0; index < this.size; index++) {
      const kind = rows[index * ROW_BYTES + KIND];
      if (kind !== 1 && kind !== 2) continue; // only the first of a call counts, and this is one
      let slot = this.#slotOf(rows.readUInt32BE(index * ROW_BYTES + ID));
      while (this.#slots[slot] !== 0) slot = (slot + 1) % this.#slots.length;
      this.#slots[slot] = index + 1;
    }
  }

  #slotOf(prefix: number): number {
    return prefix % this.#slots.length;
  }

  offsetOf(index: number): number {
    return this.#rows.readDoubleBE(index * ROW_BYTES + OFFSET);
  }

  timeOf(index: number): number {
    return this.#rows.readDoubleBE(index * ROW_BYTES + TIME);
  }

  /** The leaf hashes of all entries, laid end to end. */
  leaves(): Uint8Array {
    const leaves = new Uint8Array(this.size * 32);
    for (let index = 0; index < this.size; index++) {
      const at = index * ROW_BYTES + LEAF;
      leaves.set(this.#rows.subarray(at, at + 32), index * 32);
    }
    return leaves;
  }

  /** The hash chain over the first `size` entries. */
  chain(size: number): Uint8Array {
    if (size === 0) return new Uint8Array(32);
    const at = (size - 1) * ROW_BYTES + CHAIN;
    return new Uint8Array(this.#rows.subarray(at, at + 32));
  }

  /** What is known of a call. */
  call(id: CallId): CallRecord | undefined {
    const bytes = Buffer.from(id, "hex");
    if (bytes.length !== 32) return undefined;
    for (let slot = this.#slotOf(bytes.readUInt32BE(0)); ; slot = (slot + 1) % this.#slots.length) {
      const index = (this.#slots[slot] as number) - 1;
      if (index < 0) return undefined;
      const at = index * ROW_BYTES;
      if (bytes.compare(this.#rows, at + ID, at + ID + 32) !== 0) continue;
      const bodyHash = this.#rows.toString("hex", at + BODY, at + BODY + 32);
      const record = { index, time: this.timeOf(index), bodyHash };
      if (this.#rows[at + KIND] === 1) return record;
      const outcome = this.outcome(index);
      return outcome.kind === "rejected" ? { ...record, rejection: outcome.rejection } : record;
    }
  }

  outcome(index: number): EntryOutcome {
    const at = index * ROW_BYTES;
    const detailAt = this.#rows.readDoubleBE(at + DETAIL_AT);
    const length = this.#rows.readUInt32BE(at + DETAIL_BYTES);
    const text = this.#details.toString("utf8", detailAt, detailAt + length);
    const id = this.#rows.toString("hex", at + ID, at + ID + 32);
    const kind = kinds[this.#rows[at + KIND] as number];
    switch (kind) {
      case "accepted":
        return { kind, id, events: JSON.parse(text) };
      case "rejected":
        return { kind, id, rejection: JSON.parse(text) };
      case "repeated":
        return { kind, id };
      case "invalid":
        return { kind, code: JSON.parse(text) };
      default:
        return { kind: "genesis" };
    }
  }
}
