// One case of the store kit, and the questions that cases ask.
import { equalBytes, toHex } from "@emrx/internal/bytes";
import { LdpError } from "../errors/ldp-error.js";
import type { Store, StoreWrite } from "../stores/store.js";
import type { StoreHarness } from "./harness.js";

/** What a case works with. */
export interface CaseContext {
  readonly harness: StoreHarness;
  readonly store: Store;
  /** Remembers a store that the case opened, to be disposed of; returns it. */
  opened(store: Store): Store;
}

/** A case as it is written down. */
export interface StoreCaseText {
  /** Stable number. */
  readonly number: number;
  readonly title: string;
  /** What of the harness it needs. */
  readonly needs?: "reopen" | "another" | "failNext";
  run(context: CaseContext): Promise<void>;
}

/** The failure of a case: what the store did. */
export function notConforming(what: string): LdpError {
  return new LdpError("EMRX_STORE_NOT_CONFORMING", what);
}

/** Bytes that differ for different numbers. */
export const bytesOf = (...numbers: number[]): Uint8Array<ArrayBuffer> => Uint8Array.from(numbers);

/** A write of one entry. */
export const entry = (
  key: string,
  expected: Uint8Array<ArrayBuffer> | undefined,
  bytes: Uint8Array<ArrayBuffer>,
): StoreWrite => ({ key, expected, bytes });

/** Writes, and says what was wrong where the answer is another than expected. */
export async function writes(
  store: Store,
  entries: readonly StoreWrite[],
  expected: boolean,
  what: string,
): Promise<void> {
  const answer: unknown = await store.write(entries);
  if (answer !== expected)
    throw notConforming(`${what}: write answered ${String(answer)}, expected ${expected}`);
}

/** Reads, and says what was wrong where something else stands under the keys. */
export async function stands(
  store: Store,
  expected: { readonly [key: string]: Uint8Array | undefined },
  when: string,
): Promise<void> {
  const keys = Object.keys(expected);
  const found: unknown = await store.read(keys);
  if (!Array.isArray(found) || found.length !== keys.length)
    throw notConforming(`${when}: read of ${keys.length} keys did not answer with as many entries`);
  for (const [i, key] of keys.entries()) {
    const [is, should] = [found[i] as unknown, expected[key]];
    const right =
      should === undefined ? is === undefined : is instanceof Uint8Array && equalBytes(is, should);
    if (!right)
      throw notConforming(
        `${when}: under ${JSON.stringify(key.slice(0, 40))} there stands ${shown(is)}, expected ${shown(should)}`,
      );
  }
}

function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  return value instanceof Uint8Array
    ? `${value.length} bytes ${toHex(value.subarray(0, 8))}`
    : Object.prototype.toString.call(value);
}
