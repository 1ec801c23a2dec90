// Looks through a published round for anything that a challenge can prove, in time linear in the lists.
import type { Claim } from "../codec/challenge-claims.js";
import { LedgerError } from "../errors.js";
import { listPairs, partnerPairs } from "./commit.js";
import { roundEvidence } from "./evidence.js";
import {
  blockingPair,
  wrongAllocation,
  wrongEntry,
  wrongList,
  wrongPartners,
  wrongRows,
} from "./faults.js";
import type { RevealedRound } from "./revealed-round.js";

/**
 * Looks for a mistake in a revealed matching that can be proven on the ledger.
 *
 * @param round what the ledger says and what was published
 * @returns the claim for `matching.challenge`, or undefined if there is nothing to prove
 * @throws LedgerError `EMRX_NOT_CHALLENGEABLE` if what was published does not have the roots on the ledger: then nobody
 * can prove anything, and nobody should grant or deliver in this round
 * @example
 * ```ts
 * import { commitPartners, commitRound, findChallenge } from "@emrx/chain-adapter/rounds";
 *
 * // One publisher and one requester who want each other, and a matching that leaves both alone.
 * const side = { ids: new Uint8Array(32), quotas: Uint32Array.of(1), offsets: Uint32Array.of(0, 1), lists: Uint32Array.of(0) };
 * const alone = { offsets: Uint32Array.of(0, 0), partners: new Uint32Array(0) };
 * const [book, partners] = [{ publishers: side, requesters: side }, { publishers: alone, requesters: alone }];
 * const hex = (bytes: Uint8Array) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
 * const key = "00".repeat(32);
 * const matching = {
 *   round: 1, phase: "revealed", version: 2, operator: key, committedAt: 0, revealedAt: 0,
 *   members: { sites: [key], requesters: [key] }, allocation: { sites: [], requesters: [], counts: [] },
 *   commit: { inputsRoot: "", inputsCount: 2, seedCommitment: "" },
 *   reveal: { inputsRoot: hex(commitRound(book).root), matchingRoot: hex(commitPartners(book, partners)) },
 * } as unknown as Parameters<typeof findChallenge>[0]["matching"];
 * const requests = [{ requester: key, quota: 1 }] as unknown as Parameters<typeof findChallenge>[0]["requests"];
 * findChallenge({ matching, requests, batches: [], offers: new Map(), book, partners })?.kind; // => "blocking"
 * ```
 */
export function findChallenge(round: RevealedRound): Claim | undefined {
  const { matching, book, partners } = round;
  const evidence = roundEvidence(book, partners);
  if (
    evidence.inputsRoot !== matching.reveal?.inputsRoot ||
    evidence.matchingRoot !== matching.reveal.matchingRoot
  ) {
    throw new LedgerError(
      "EMRX_NOT_CHALLENGEABLE",
      `round ${matching.round}: what was published does not have the roots on the ledger, so nothing can be proven; ` +
        "do not grant or deliver in it, and tell whoever oversees the operator.",
    );
  }
  const lists = listPairs(book);
  const held = partnerPairs(partners, lists);
  return (
    wrongEntry(round, evidence) ??
    wrongRows("list", lists, evidence) ??
    wrongRows("partners", held, evidence) ??
    wrongList(lists, evidence) ??
    wrongPartners(book, lists, held, evidence) ??
    blockingPair(book, lists, held, evidence) ??
    wrongAllocation(round, held, evidence)
  );
}
