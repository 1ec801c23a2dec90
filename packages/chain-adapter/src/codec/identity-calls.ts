// Calls about the keys of those who use the ledger.
import type { KeyChange } from "../identity/key-change.js";
import type { Hex32 } from "./fields.js";

/** identity: the signer announces its recovery key, so that other keys may follow its own. */
export interface RegisterKeys {
  readonly type: "identity.register";
  /** Hash of the recovery key, from `registerKeys`. */
  readonly recovery: Hex32;
}

/** identity: a key follows another; anyone may bring the statement, its signatures decide. */
export interface ChangeKey {
  readonly type: "identity.changeKey";
  /** The party's first key. */
  readonly name: Hex32;
  /** From `signKeyChange`. */
  readonly change: KeyChange;
}
