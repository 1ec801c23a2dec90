// Second pass of a batch: which attributes each new row of a chunk discloses, gathered by attribute and level.
import { anyMechanismOf } from "../schema/mechanism.js";
import type { Policy } from "../schema/policy.js";
import type { BatchInput } from "./batch-options.js";
import type { RowPlan } from "./plan.js";
import type { PoolSampler } from "./sample.js";

/** All rows of a chunk that disclose one attribute at one level. */
export interface SelectionGroup {
  readonly attribute: number;
  readonly level: number;
  readonly reportBytes: number;
  /** The rows, ascending. */
  readonly rows: Uint32Array;
}

/** Draws the attributes of every new row from `first` to before `end`; the groups come by ascending attribute, then level. */
export function drawSelection(
  { schema, policies, policyOf, random }: BatchInput,
  samplers: readonly PoolSampler[],
  plan: RowPlan,
  first: number,
  end: number,
): readonly SelectionGroup[] {
  const widest = Math.max(0, ...policies.map(({ disclosed }) => disclosed));
  const chosen = new Uint16Array((end - first) * widest);
  const levels = schema.levels.length;
  const sizes = new Uint32Array(schema.attributes.length * levels);
  /** Calls back with the group of each attribute that a new row discloses. */
  const eachGroup = (found: (group: number, row: number) => void, draw: boolean): void => {
    for (let row = first; row < end; row++) {
      if (!plan.isNew(row)) continue;
      const policy = policies[policyOf(row)] as Policy;
      const start = (row - first) * widest;
      const target = chosen.subarray(start, start + policy.disclosed);
      if (draw) (samplers[policyOf(row)] as PoolSampler)(target, random);
      for (let i = 0; i < target.length; i++) {
        const attribute = target[i] as number;
        found(attribute * levels + (policy.levels[attribute] as number), row);
      }
    }
  };
  eachGroup((group) => {
    sizes[group] = (sizes[group] as number) + 1;
  }, true);
  const members = Array.from(sizes, (size) => new Uint32Array(size));
  const filled = new Uint32Array(sizes.length);
  eachGroup((group, row) => {
    (members[group] as Uint32Array)[filled[group] as number] = row;
    filled[group] = (filled[group] as number) + 1;
  }, false);
  return members.flatMap((rows, group) => {
    if (rows.length === 0) return [];
    const [attribute, level] = [Math.floor(group / levels), group % levels];
    const { reportBytes } = anyMechanismOf(schema, attribute, level);
    return [{ attribute, level, reportBytes, rows }];
  });
}
