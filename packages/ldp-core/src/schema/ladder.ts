// The chain of degradations behind one attribute's levels.
import { compareBudgets } from "../exact/decimal.js";
import type { LevelChain } from "../levels/chain.js";
import { levelChain } from "../levels/level-chain.js";
import type { Carrier, Value } from "./carrier.js";
import type { Mechanism } from "./mechanism.js";

/** An attribute's chain. Levels of equal epsilon share a rung; a level looser than the attribute's own has none. */
export interface Ladder {
  readonly chain: LevelChain<Carrier, unknown, unknown, Value>;
  /** By level index, the level of the chain; undefined for a looser one. */
  readonly rungOf: readonly (number | undefined)[];
}

/** The ladder from the mechanism of an attribute's own level and the epsilons of all levels, which descend. */
export function makeLadder(highest: Mechanism, epsilons: readonly string[]): Ladder {
  const rungs = [highest.epsilon];
  for (const epsilon of epsilons)
    if (compareBudgets(epsilon, rungs.at(-1) as string) < 0) rungs.push(epsilon);
  const rungOf = epsilons.map((epsilon) => {
    const rung = rungs.indexOf(epsilon);
    return rung < 0 ? undefined : rung;
  });
  const chain = levelChain({ highest: highest as never, lower: rungs.slice(1) });
  return { chain: chain as unknown as Ladder["chain"], rungOf };
}
