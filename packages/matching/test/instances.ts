// The published instances hold more than a market: this leaves what `createMarket` takes.

interface Agents {
  readonly [id: string]: { readonly quota?: number; readonly prefs?: unknown };
}

const plain = <A extends Agents>(agents: A): A =>
  Object.fromEntries(
    Object.entries(agents).map(([id, { quota, prefs }]) => [id, { quota, prefs }]),
  ) as unknown as A;

/** Both sides of an instance with quotas and lists only. */
export const sidesOf = <A extends Agents, B extends Agents>(instance: {
  readonly proposers: A;
  readonly reviewers: B;
}): { proposers: A; reviewers: B } => ({
  proposers: plain(instance.proposers),
  reviewers: plain(instance.reviewers),
});
