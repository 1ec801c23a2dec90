// The markets that this package made or checked: whoever has one need not check it again.

const known = /* @__PURE__ */ new WeakSet<object>();

/** Remembers a market that was checked. */
export function remember<Market extends object>(market: Market): Market {
  known.add(market);
  return market;
}

/** Whether it was remembered. */
export const isKnown = (market: unknown): boolean =>
  typeof market === "object" && market !== null && known.has(market);
