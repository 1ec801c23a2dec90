// Variance of a frequency estimate against epsilon, from the integer thresholds that the mechanism's sampler uses.
import { grr } from "@emrx/ldp-core";
import { oue, subsetSelection, sue } from "@emrx/ldp-core/mechanisms";

const mechanisms = { grr, oue, sue, ss: subsetSelection } as const;
type Name = keyof typeof mechanisms;

const epsilons = ["0.25", "0.5", "1", "1.5", "2", "3", "4"];
const domains = [4, 16, 128, 1024];

/** One point: n times the variance of an estimate where nobody has the value. */
export interface VariancePoint {
  readonly epsilon: number;
  readonly categories: number;
  readonly variance: number;
}

/** All points of a mechanism's figure. @throws Error for a name that is no mechanism of this figure */
export function variancePoints(name: string): readonly VariancePoint[] {
  if (!Object.hasOwn(mechanisms, name)) throw new Error(`${name} has no figure of its variance`);
  const make = mechanisms[name as Name];
  return domains.flatMap((categories) =>
    epsilons.map((epsilon) => ({
      epsilon: Number(epsilon),
      categories,
      variance: make({ categories, epsilon }).variance(1, 0),
    })),
  );
}
