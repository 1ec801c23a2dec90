// Calls about the ledger itself and the keys of those who use it. All are of rules 2, but for adopting them.
import type { KeyChange } from "../identity/key-change.js";
import type { Hex32 } from "./fields.js";

/** ledger: an operator puts the next version of the contracts' rules in force, from the next entry on. */
export interface AdoptRules {
  readonly type: "ledger.adopt";
  /** One more than the version in force. */
  readonly rules: number;
}

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
