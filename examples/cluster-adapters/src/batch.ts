// What one append writes into a store: its records under one key, with the time and a name to know it by.

/** Records that were appended together. */
export interface Batch {
  /** 16 random bytes: by these a batch is known again whose acknowledgement was lost. */
  readonly id: Uint8Array<ArrayBuffer>;
  /** Milliseconds. */
  readonly time: number;
  readonly records: readonly Uint8Array<ArrayBuffer>[];
}

/** Bytes of a batch besides its records. */
const HEADER = 28;

/** Id, time (8 bytes), number of records (4 bytes), then every record after its length (4 bytes); big endian. */
export function encodeBatch({ id, time, records }: Batch): Uint8Array<ArrayBuffer> {
  const size = records.reduce((sum, { length }) => sum + 4 + length, HEADER);
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  bytes.set(id);
  view.setBigUint64(16, BigInt(time));
  view.setUint32(24, records.length);
  let at = HEADER;
  for (const record of records) {
    view.setUint32(at, record.length);
    bytes.set(record, at + 4);
    at += 4 + record.length;
  }
  return bytes;
}

/** The batch in bytes; throws a RangeError if they are none. */
export function decodeBatch(bytes: Uint8Array<ArrayBuffer>): Batch {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = view.getUint32(24);
  const records: Uint8Array<ArrayBuffer>[] = [];
  let at = HEADER;
  for (let i = 0; i < count; i++) {
    const length = view.getUint32(at);
    if (at + 4 + length > bytes.length) throw new RangeError("a record is cut off");
    records.push(bytes.slice(at + 4, at + 4 + length));
    at += 4 + length;
  }
  if (at !== bytes.length) throw new RangeError("bytes follow the last record");
  return { id: bytes.slice(0, 16), time: Number(view.getBigUint64(16)), records };
}
