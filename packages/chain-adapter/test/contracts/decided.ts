// The law of challenges, for rounds written down in either way: a claim is proven exactly if it holds.
import { expect } from "vitest";
import type { Allocation, Claim, ClaimKind } from "../../src/calls.js";
import { decide } from "../../src/contracts/challenge/decide.js";
import type { RoundFacts } from "../../src/contracts/challenge/opening.js";

/** What was claimed of a round, and whether it holds. */
export interface Claimed {
  readonly facts: RoundFacts;
  readonly allocation: Allocation;
  readonly claims: readonly Claim[];
  readonly holds: (claim: Claim) => boolean;
}

/** Requires it of all claims that hold and of every `step`th that does not, and counts in `proven` what was. */
export function requireDecided(
  { facts, allocation, claims, holds }: Claimed,
  { step, part }: { readonly step: number; readonly part: number },
  proven: Map<ClaimKind, number>,
): void {
  for (const [i, claim] of claims.entries()) {
    const expected = holds(claim);
    if (!expected && i % step !== part) continue;
    const found = decide(facts, claim, allocation);
    expect(found === "proven", JSON.stringify({ claim, facts })).toBe(expected);
    if (expected) proven.set(claim.kind, (proven.get(claim.kind) ?? 0) + 1);
  }
}
