// What a party writes down before it acts, in a store that survives it.
import type { Store } from "@emrx/ldp-core";
import { ExchangeError } from "../errors/exchange-error.js";

/** A party's notes. */
export interface Notes {
  read(name: string): Promise<Uint8Array<ArrayBuffer> | undefined>;
  write(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  /** JSON; undefined where nothing was written. */
  readJson<T>(name: string): Promise<T | undefined>;
  writeJson(name: string, value: unknown): Promise<void>;
}

/** Notes under names of their own. What was erased is written as nothing. */
export function notesIn(memory: Store, ledger: string, party: string): Notes {
  const keyOf = (name: string): string => `exchange/${ledger}/${party}/${name}`;
  const read = async (name: string): Promise<Uint8Array<ArrayBuffer> | undefined> => {
    const [bytes] = await memory.read([keyOf(name)]);
    return bytes === undefined || bytes.length === 0 ? undefined : bytes;
  };
  const write = async (name: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> => {
    const key = keyOf(name);
    const [expected] = await memory.read([key]);
    if (await memory.write([{ key, expected, bytes }])) return;
    throw new ExchangeError(
      "EMRX_EXCHANGE_MEMORY",
      `memory: another process wrote ${name} of party ${party}; run one site a memory, and step again`,
    );
  };
  return {
    read,
    write,
    async readJson<T>(name: string) {
      const bytes = await read(name);
      return bytes && (JSON.parse(new TextDecoder().decode(bytes)) as T);
    },
    writeJson: (name, value) => write(name, new TextEncoder().encode(JSON.stringify(value))),
  };
}
