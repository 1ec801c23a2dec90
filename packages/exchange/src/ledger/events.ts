// What a replayed log says happened.
import type { LedgerAudit, LedgerEvent } from "@emrx/chain-adapter";

/** The events of a kind in a round, in the log's order, each with the place of its entry. */
export function* eventsOf<Type extends LedgerEvent["type"]>(
  { outcomes }: Pick<LedgerAudit["replay"], "outcomes">,
  type: Type,
  round: number,
): Generator<Extract<LedgerEvent, { readonly type: Type }> & { readonly index: number }> {
  for (const [index, outcome] of outcomes.entries()) {
    if (outcome.kind !== "accepted") continue;
    for (const event of outcome.events)
      if (event.type === type && "round" in event && event.round === round)
        yield { ...(event as Extract<LedgerEvent, { readonly type: Type }>), index };
  }
}
