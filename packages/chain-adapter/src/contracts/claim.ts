// access: what a requester proves wrong about a released pair.
import type { ClaimWrong } from "../codec/calls.js";
import { decideClaim } from "../payload/claim.js";
import type { ClaimFacts } from "../payload/claim-types.js";
import { decideItems, type Matched } from "./pairs.js";
import { mapGet } from "./persistent-map.js";
import { type CallResult, type Refusal, reject } from "./result.js";
import type { CallContext, ContractState } from "./state.js";

/** What stands on the ledger about a released pair, or why nothing can be claimed of it. */
function factsOf(
  { round, publication, pair, allotment }: Matched,
  ledger: string,
): ClaimFacts | Refusal {
  const { site, requester, grant, read, wrappedKey, claimed, outcome } = pair;
  const offer = mapGet(round.inputs.offers, site);
  if (!(offer && grant && read && wrappedKey !== undefined)) {
    return reject("EMRX_NOT_RELEASED", `${site} has released nothing to ${requester}`);
  }
  if (claimed !== undefined) {
    return reject("EMRX_ALREADY_CLAIMED", `what ${site} released is proven wrong already`);
  }
  if (outcome !== undefined) {
    return reject("EMRX_ALREADY_SETTLED", `${requester} has paid ${site} and given up claims`);
  }
  const { schemaHash, suite, chunk, profiles, lotSize } = publication;
  const { root, keyCommitment } = grant;
  return {
    ledger,
    round: round.round,
    site,
    requester,
    schemaHash,
    suite,
    chunk,
    batchRoot: offer.root,
    batchCount: offer.classes.reduce((sum, { lots }) => sum + lots * lotSize, 0),
    ranges: allotment.ranges,
    profiles,
    root,
    keyCommitment,
    oneTimeKey: read.oneTimeKey,
    wrappedKey,
  };
}

export function claimWrong(
  state: ContractState,
  { round, site, evidence }: ClaimWrong,
  { ledger, signer: requester, time }: CallContext,
): CallResult {
  return decideItems(
    state,
    {
      round,
      item: "claim",
      phases: ["claim"],
      items: [evidence],
      pairOf: () => ({ site, requester }),
    },
    time,
    (matched) => {
      const facts = factsOf(matched, ledger);
      if ("rejection" in facts) return facts;
      const verdict = decideClaim(facts, evidence);
      if (verdict === "unproven") {
        return reject(
          "EMRX_CLAIM_UNPROVEN",
          "the evidence is not of what was granted and released",
        );
      }
      if (verdict === "right") {
        return reject("EMRX_CLAIM_UNFOUNDED", "the evidence holds, but shows nothing wrong");
      }
      const { kind } = evidence;
      return {
        pair: { ...matched.pair, claimed: kind },
        event: { type: "access.claimed", round, site, requester, kind },
      };
    },
  );
}
