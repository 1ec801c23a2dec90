// Three that do not keep to the rules, for `--cheats`: a site that uploads nothing, a site that releases a wrong key, and a
// requester that says of everything that it is missing.
import { type ChainAdapter, LedgerError, signCall } from "@emrx/chain-adapter";
import { type ContentStore, contentIdOf, wrapKey } from "@emrx/chain-adapter/payload";
import { bundleFacts, type Round } from "@emrx/exchange/rounds";
import type { DemoSite } from "./participants.js";
import type { DemoRequest } from "./population.js";

/** Which sites cheat, by number. */
export const cheats = { uploadsNothing: 0, releasesWrong: 1 } as const;

/** Which requester lies: the one that pays the most for research, so that it is matched with somebody. */
export function liarOf(requests: readonly DemoRequest[]): number {
  const prices = requests.map(({ purpose, pricePerRecord }) =>
    purpose === "HRESCH" ? pricePerRecord : 0,
  );
  return prices.indexOf(Math.max(...prices));
}

/** A store that takes contents and keeps none. */
export const keepsNothing = (store: ContentStore): ContentStore => ({
  ...store,
  put: async (bytes) => contentIdOf(bytes),
});

/** A store in which a requester pretends to find nothing. */
export const findsNothing = (store: ContentStore): ContentStore => ({
  ...store,
  get: async (id) => {
    throw new LedgerError("EMRX_CONTENT_MISSING", `this requester says that there is no ${id}.`);
  },
});

/** Releases, to the first requester that may read from a site, a key that opens nothing. */
export async function releaseWrongKey(
  ledger: ChainAdapter,
  round: Round,
  { site, options }: DemoSite,
): Promise<void> {
  const pair = round.pairs.find((one) => one.site === site.id && one.read?.decision === "permit");
  if (pair?.grant === undefined || pair.read === undefined) return;
  const facts = { ...bundleFacts(round, pair), root: pair.grant.root, ...pair.read };
  const wrappedKey = await wrapKey(facts, new Uint8Array(32));
  const releases = [{ requester: pair.requester, wrappedKey }];
  const call = { type: "access.release", round: round.round, releases } as const;
  await ledger.submit(await signCall(ledger.id, options.identity, call, { key: "a wrong key" }));
}
