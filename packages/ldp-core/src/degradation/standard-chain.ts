// The chains of the mechanisms that an attribute of a schema may have.
import { LdpError } from "../errors/ldp-error.js";
import type { FrequencyOracle } from "../mechanisms/common/oracle.js";
import type { SymbolColumn } from "../mechanisms/common/symbol.js";
import { MERSENNE_31 } from "../mechanisms/local-hashing/affine-hash.js";
import type { LocalHashReport } from "../mechanisms/local-hashing/hash-report.js";
import type { PrivSet } from "../mechanisms/sets/privset.js";
import type { WindowMixture } from "../mechanisms/window/mixture.js";
import type { WindowMechanism } from "../mechanisms/window/window.js";
import { flipChain } from "./flip.js";
import { mixtureChain } from "./mixture-chain.js";
import { bucketKind, cellKind, redrawChain, subsetKind, symbolKind } from "./redraw-chain.js";
import { setChain } from "./set-chain.js";
import { windowChain } from "./window-chain.js";

type Named<Name extends string, Report, Column> = FrequencyOracle<Report, Column> & {
  readonly name: Name;
};

/** A mechanism that an attribute of a schema may have, or unary encoding in general. */
export type StandardMechanism =
  | WindowMechanism
  | WindowMixture
  | PrivSet
  | Named<"grr" | "hr" | "pgr", number, SymbolColumn>
  | Named<"oue" | "sue" | "ue" | "ss", Uint8Array<ArrayBuffer>, Uint32Array>
  | Named<"olh" | "blh", LocalHashReport, Uint32Array>;

/**
 * The chain of such a mechanism.
 *
 * @param highest - the mechanism of the highest level
 * @param epsilons - the budgets of all levels, canonical decimals, from the highest to the lowest
 * @param bits - random bits behind each degradation; chosen by itself unless given
 * @param prime - the size of local hashing's field; the tests enumerate small ones
 * @returns a `DegradationChain`
 */
export function standardChain(
  highest: StandardMechanism,
  epsilons: readonly string[],
  bits?: number,
  prime: number = MERSENNE_31,
): unknown {
  switch (highest.name) {
    case "window":
      return windowChain(highest, epsilons, bits);
    case "window-mixture":
      return mixtureChain(highest, epsilons, bits);
    case "privset":
      return setChain(highest, epsilons, bits);
    case "oue":
    case "sue":
    case "ue":
      return flipChain(highest, epsilons, bits);
    case "grr":
      return redrawChain(highest, symbolKind, epsilons, bits);
    case "hr":
    case "pgr":
      return redrawChain(highest, cellKind, epsilons, bits);
    case "ss":
      return redrawChain(highest, subsetKind, epsilons, bits);
    case "olh":
    case "blh":
      return redrawChain(highest, bucketKind(prime), epsilons, bits);
    default:
      throw new LdpError(
        "EMRX_BAD_PARAMETER",
        `highest is ${String((highest as { name: unknown }).name)}, which has no degradation of its own kind; randomize each level by itself, at the sum of their epsilons`,
      );
  }
}
