// What a call costs a ledger to carry and to check: the figures that whoever runs or pays for one is billed by.

import type { Call } from "../codec/calls.js";
import {
  decodeSignedCall,
  encodeSignedCall,
  parseSignedCall,
  type SignedCall,
} from "../codec/signed-call.js";
import { LedgerError } from "../errors.js";
import type { LogEntry } from "./port.js";

/** The work that a call makes for everybody who keeps or replays the ledger. */
export interface CallCost {
  /** Bytes of the entry, kept for ever. */
  readonly bytes: number;
  /** Signatures to verify: the call's own, and those that it brings (tokens, key changes). */
  readonly signatureChecks: number;
  /** SHA-256 hashes: four of the entry itself, and those of commitments, tokens and Merkle proofs in it. */
  readonly hashes: number;
}

/** Call id, body, leaf and chain. */
const ENTRY_HASHES = 4;

/** Signatures and hashes that the contract itself has to check. */
function contractCost(call: Call): { readonly signatures: number; readonly hashes: number } {
  switch (call.type) {
    case "trade.offer":
    case "trade.request":
      return call.token === undefined ? { signatures: 0, hashes: 0 } : { signatures: 1, hashes: 1 };
    case "publication.register":
    case "matching.seed":
      return { signatures: 0, hashes: 1 };
    case "round.open":
      return { signatures: call.seeders.length, hashes: 0 };
    case "access.claim": {
      const { evidence } = call;
      const shown = evidence.kind === "chunk" ? evidence.chunks : [evidence.leaf ?? { path: [] }];
      return {
        signatures: 0,
        hashes: shown.reduce((sum, { path }) => sum + 1 + path.length, 0),
      };
    }
    case "identity.changeKey":
      return { signatures: 2, hashes: call.change.kind === "recovery" ? 1 : 0 };
    case "ledger.batch": {
      const costs = call.calls.map(contractCost);
      return {
        signatures: costs.reduce((sum, { signatures }) => sum + signatures, 0),
        hashes: costs.reduce((sum, { hashes }) => sum + hashes, 0),
      };
    }
    default:
      return { signatures: 0, hashes: 0 };
  }
}

/**
 * What a call costs. It depends on the call alone, so it can be asked before submitting and is the same on every ledger.
 *
 * @param call a signed call
 * @returns bytes, signature checks and hashes
 * @throws LedgerError `EMRX_INVALID_CALL` if it is no signed call, `EMRX_NOT_CANONICAL` if it has no canonical encoding
 * @example
 * ```ts
 * import { createGenesis, createIdentity, ledgerId, signCall } from "@emrx/chain-adapter";
 * import { callCost } from "@emrx/chain-adapter/ledger";
 *
 * const id = ledgerId(createGenesis({ name: "trial" }));
 * const call = { type: "trade.settle", round: 1 } as const;
 * const { signatureChecks, hashes } = callCost(await signCall(id, await createIdentity(), call, { key: "1" }));
 * [signatureChecks, hashes]; // => [1, 4]
 * ```
 */
export function callCost(call: SignedCall): CallCost {
  const { signatures, hashes } = contractCost(parseSignedCall(call).call);
  return {
    bytes: encodeSignedCall(call).length,
    signatureChecks: 1 + signatures,
    hashes: ENTRY_HASHES + hashes,
  };
}

/** What all calls of one type cost together. */
export interface CostLine extends CallCost {
  readonly type: string;
  readonly calls: number;
}

/**
 * What a log costs, call type by call type. Refused calls cost as accepted ones do; entries that are no calls are left out.
 *
 * @param entries entries of a log, for example `ledger.entries()`
 * @returns one line a call type, by name
 * @example
 * ```ts
 * import { createGenesis, memoryLedger } from "@emrx/chain-adapter";
 * import { costReport } from "@emrx/chain-adapter/ledger";
 *
 * const ledger = await memoryLedger({ genesis: createGenesis({ name: "trial" }) });
 * await costReport(ledger.entries()); // => []
 * ```
 */
export async function costReport(
  entries: AsyncIterable<LogEntry> | Iterable<LogEntry>,
): Promise<CostLine[]> {
  const lines = new Map<string, CostLine>();
  for await (const { bytes } of entries) {
    const signed = callIn(bytes);
    if (signed === undefined) continue;
    const { type } = signed.call;
    const [cost, line] = [callCost(signed), lines.get(type)];
    lines.set(type, {
      type,
      calls: (line?.calls ?? 0) + 1,
      bytes: (line?.bytes ?? 0) + cost.bytes,
      signatureChecks: (line?.signatureChecks ?? 0) + cost.signatureChecks,
      hashes: (line?.hashes ?? 0) + cost.hashes,
    });
  }
  return [...lines.values()].sort((a, b) => (a.type < b.type ? -1 : 1));
}

function callIn(bytes: Uint8Array): SignedCall | undefined {
  try {
    return decodeSignedCall(bytes);
  } catch (error) {
    if (error instanceof LedgerError) return undefined;
    throw error;
  }
}
