// The store port: where budgets and memoized reports live. Opaque keys, opaque bytes, writes that compare before they set.

/** One entry of an atomic write. */
export interface StoreWrite {
  /** Any well-formed text; each key at most once in a write. */
  readonly key: string;
  /** What must still stand under the key: the bytes that `read` gave, or undefined for no entry. */
  readonly expected: Uint8Array<ArrayBuffer> | undefined;
  /** What is to stand there. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/**
 * Where a site keeps what must survive: budgets spent and reports already given. Implement it over any database that can
 * write several entries in one durable transaction, and run `@emrx/ldp-core/store-conformance` against it. Several processes
 * may share it: two that debit one subject at once cannot both succeed. What it holds is as sensitive as the records themselves.
 */
export interface Store {
  /**
   * @param keys any texts
   * @returns for each key, in their order, the bytes last written under it, which the caller may keep and change; or undefined.
   *   Each entry is at least as new as any write that had been acknowledged when `read` was called
   */
  read(keys: readonly string[]): Promise<readonly (Uint8Array<ArrayBuffer> | undefined)[]>;
  /**
   * Compares and sets: writes all entries if under every key there stands what is expected, else none. It must not change or
   * keep the arrays that it is given.
   *
   * @param writes the entries
   * @returns true once all are durable; false where something else stands under some key, and nothing was written. If it
   *   rejects, the entries may stand or not, but never a part of them
   */
  write(writes: readonly StoreWrite[]): Promise<boolean>;
}
