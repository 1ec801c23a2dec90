// A store as the rest of the package uses it: its shape is checked before anything is drawn, and its every answer is.
import { isBytes } from "@emrx/internal/bytes";
import { kindOf, methods, type Shape } from "@emrx/internal/shape";
import { LdpError } from "../errors/ldp-error.js";
import type { Store } from "./store.js";

/** The shape of a store in options. */
export const storeShape: Shape<Store> = /* @__PURE__ */ methods<Store>("a store", "read", "write");

/** The store with its answers checked: what is no answer, or fails, is `EMRX_STORE_FAILED`, so no report leaves on the strength of it. */
export function checkedStore(store: Store): Store {
  return {
    async read(keys) {
      const found: unknown = await failing("read", () => store.read(keys));
      if (!Array.isArray(found) || found.length !== keys.length)
        throw failed(`read answered ${kindOf(found)}; expected an array of ${keys.length} entries`);
      const wrong = found.find((bytes) => bytes !== undefined && !isBytes(bytes));
      if (wrong !== undefined)
        throw failed(
          `read answered ${kindOf(wrong)} for a key; expected a Uint8Array or undefined`,
        );
      return found as (Uint8Array<ArrayBuffer> | undefined)[];
    },
    async write(writes) {
      const written: unknown = await failing("write", () => store.write(writes));
      if (typeof written !== "boolean")
        throw failed(
          `write answered ${kindOf(written)}; expected true (durable) or false (something else stood there)`,
        );
      return written;
    },
  };
}

async function failing<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof LdpError) throw cause;
    throw new LdpError(
      "EMRX_STORE_FAILED",
      `memory: ${what} failed; what was to be written may stand or not, and the same call again settles it`,
      { cause },
    );
  }
}

function failed(why: string): LdpError {
  return new LdpError("EMRX_STORE_FAILED", `memory: ${why}`);
}
