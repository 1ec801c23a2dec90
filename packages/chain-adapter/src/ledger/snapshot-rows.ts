// The rows of a snapshot: 160 bytes for every entry, and beside them what the entry did, as JSON. Both only grow.
import { fromHex, fromUtf8, matchesAt, toHex } from "@emrx/internal/bytes";
import type { CallId } from "../codec/signed-call.js";
import type { CallRecord, EntryOutcome } from "./replay.js";
import type { Replica } from "./replica.js";

/** Bytes of a row. Numbers are doubles, which hold whole numbers up to 2^53. */
export const ROW_BYTES = 160;
const [OFFSET, TIME, DETAIL_AT, DETAIL_BYTES, KIND, LEAF, CHAIN, ID, BODY] = [
  0, 8, 16, 24, 28, 32, 64, 96, 128,
];
const HASH_BYTES = 32;
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

/** Which entries rows are made of. */
interface RowRange {
  readonly from: number;
  readonly to: number;
  /** Bytes of the details of the entries before. */
  readonly detailAt: number;
  /** Where an entry's record stands in its file; 0 where there are no files. */
  offsetOf(index: number): number;
}

/** The rows of some entries that a replica has, and their details. */
export function rowsOf(
  replica: Replica,
  { from, to, detailAt, offsetOf }: RowRange,
): { readonly rows: Uint8Array<ArrayBuffer>; readonly details: Uint8Array<ArrayBuffer> } {
  const rows = new Uint8Array((to - from) * ROW_BYTES);
  const view = new DataView(rows.buffer);
  const encoder = new TextEncoder();
  const parts: Uint8Array[] = [];
  let end = detailAt;
  for (let index = from; index < to; index++) {
    const outcome = replica.outcome(index) as EntryOutcome;
    const at = (index - from) * ROW_BYTES;
    const detail = encoder.encode(JSON.stringify(detailOf(outcome)) ?? "");
    view.setFloat64(at + OFFSET, offsetOf(index));
    view.setFloat64(at + TIME, replica.timeOf(index));
    view.setFloat64(at + DETAIL_AT, end);
    view.setUint32(at + DETAIL_BYTES, detail.length);
    rows[at + KIND] = kinds.indexOf(outcome.kind);
    rows.set(replica.tree.leaf(index), at + LEAF);
    rows.set(replica.chain(index + 1) as Uint8Array, at + CHAIN);
    if ("id" in outcome) {
      const { bodyHash } = replica.call(outcome.id) as CallRecord;
      rows.set(fromHex(outcome.id) as Uint8Array, at + ID);
      rows.set(fromHex(bodyHash) as Uint8Array, at + BODY);
    }
    parts.push(detail);
    end += detail.length;
  }
  const details = new Uint8Array(end - detailAt);
  let at = 0;
  for (const part of parts) {
    details.set(part, at);
    at += part.length;
  }
  return { rows, details };
}

/** Rows read back. */
export class Rows {
  readonly size: number;
  readonly #rows: Uint8Array<ArrayBuffer>;
  readonly #view: DataView;
  readonly #details: Uint8Array;
  /** Where the rows of calls are by the first bytes of their ids: open addressing, index + 1, at most half full. */
  readonly #slots: Int32Array;

  /** @param rows whole rows; `details` is what they refer to */
  constructor(rows: Uint8Array<ArrayBuffer>, details: Uint8Array) {
    this.size = rows.length / ROW_BYTES;
    this.#rows = rows;
    this.#view = new DataView(rows.buffer, rows.byteOffset, rows.length);
    this.#details = details;
    this.#slots = new Int32Array(2 ** Math.ceil(Math.log2(2 * this.size + 2)));
    for (let index = 0; index < this.size; index++) {
      const kind = rows[index * ROW_BYTES + KIND];
      if (kind !== 1 && kind !== 2) continue; // only the first of a call counts, and this is one
      let slot = this.#slotOf(this.#view.getUint32(index * ROW_BYTES + ID));
      while (this.#slots[slot] !== 0) slot = (slot + 1) % this.#slots.length;
      this.#slots[slot] = index + 1;
    }
  }

  #slotOf(prefix: number): number {
    return prefix % this.#slots.length;
  }

  #hash(index: number, place: number): Uint8Array<ArrayBuffer> {
    const at = index * ROW_BYTES + place;
    return this.#rows.subarray(at, at + HASH_BYTES);
  }

  offsetOf(index: number): number {
    return this.#view.getFloat64(index * ROW_BYTES + OFFSET);
  }

  timeOf(index: number): number {
    return this.#view.getFloat64(index * ROW_BYTES + TIME);
  }

  /** The leaf hashes of all entries, laid end to end. */
  leaves(): Uint8Array<ArrayBuffer> {
    const leaves = new Uint8Array(this.size * HASH_BYTES);
    for (let index = 0; index < this.size; index++) {
      leaves.set(this.#hash(index, LEAF), index * HASH_BYTES);
    }
    return leaves;
  }

  /** The hash chain over the first `size` entries. */
  chain(size: number): Uint8Array<ArrayBuffer> {
    return size === 0 ? new Uint8Array(HASH_BYTES) : new Uint8Array(this.#hash(size - 1, CHAIN));
  }

  /** What is known of a call. */
  call(id: CallId): CallRecord | undefined {
    const bytes = fromHex(id);
    if (bytes?.length !== HASH_BYTES) return undefined;
    const first = this.#slotOf(new DataView(bytes.buffer).getUint32(0));
    for (let slot = first; ; slot = (slot + 1) % this.#slots.length) {
      const index = (this.#slots[slot] as number) - 1;
      if (index < 0) return undefined;
      if (!matchesAt(this.#rows, index * ROW_BYTES + ID, bytes)) continue;
      const bodyHash = toHex(this.#hash(index, BODY));
      const record = { index, time: this.timeOf(index), bodyHash };
      if (this.#rows[index * ROW_BYTES + KIND] === 1) return record; // accepted
      const outcome = this.outcome(index);
      return outcome.kind === "rejected" ? { ...record, rejection: outcome.rejection } : record;
    }
  }

  outcome(index: number): EntryOutcome {
    const at = index * ROW_BYTES;
    const detailAt = this.#view.getFloat64(at + DETAIL_AT);
    const length = this.#view.getUint32(at + DETAIL_BYTES);
    const detail = (): string =>
      fromUtf8(this.#details.subarray(detailAt, detailAt + length)) ?? "";
    const id = toHex(this.#hash(index, ID));
    const kind = kinds[this.#rows[at + KIND] as number];
    switch (kind) {
      case "accepted":
        return { kind, id, events: JSON.parse(detail()) };
      case "rejected":
        return { kind, id, rejection: JSON.parse(detail()) };
      case "repeated":
        return { kind, id };
      case "invalid":
        return { kind, code: JSON.parse(detail()) };
      default:
        return { kind: "genesis" };
    }
  }
}
