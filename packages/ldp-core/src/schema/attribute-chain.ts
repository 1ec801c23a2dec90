// The chain of degradations behind one attribute's levels.

import type { DegradationChain } from "../degradation/chain.js";
import { type StandardMechanism, standardChain } from "../degradation/standard-chain.js";
import { compareBudgets } from "../exact/decimal.js";
import type { AnyMechanism, Mechanism, Value } from "./any-mechanism.js";

/** An attribute's chain. Levels of equal epsilon share a step; a level looser than the attribute's own has none. */
export interface AttributeChain {
  readonly degradation: DegradationChain<AnyMechanism, unknown, unknown, Value>;
  /** By level index of the schema, the step of the chain; undefined for a looser one. */
  readonly stepOf: readonly (number | undefined)[];
}

/** The chain from the mechanism of an attribute's own level and the epsilons of all levels, which descend. */
export function attributeChain(highest: Mechanism, epsilons: readonly string[]): AttributeChain {
  const steps = [highest.epsilon];
  for (const epsilon of epsilons)
    if (compareBudgets(epsilon, steps.at(-1) as string) < 0) steps.push(epsilon);
  const stepOf = epsilons.map((epsilon) => {
    const step = steps.indexOf(epsilon);
    return step < 0 ? undefined : step;
  });
  // The mechanisms of a schema are among those that have a chain; its type is the common one of `AnyMechanism`.
  const degradation = standardChain(highest as StandardMechanism, steps);
  return { degradation: degradation as AttributeChain["degradation"], stepOf };
}
