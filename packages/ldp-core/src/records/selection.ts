// Second pass of a batch: which attributes each new row discloses, gathered by attribute and level.
import type { RandomSource } from "../random/source.js";
import { anyMechanismOf } from "../schema/mechanism.js";
import type { Policy } from "../schema/policy.js";
import type { Schema } from "../schema/schema.js";
import type { BatchOptions } from "./batch-options.js";
import type { RowPlan } from "./plan.js";
import { poolSampler } from "./sample.js";

/** All rows that disclose one attribute at one level. */
export interface SelectionGroup {
  readonly attribute: number;
  readonly level: number;
  readonly reportBytes: number;
  /** The rows, ascending. */
  readonly rows: Uint32Array;
}

/** Who discloses what. */
export interface Selection {
  /** By ascending attribute, then level. */
  readonly groups: readonly SelectionGroup[];
  /** How many attributes a row discloses. */
  disclosedOf(row: number): number;
}

/** Draws the attributes of every row that is neither memoized nor a repetition, and sorts the rows by what they disclose. */
export function drawSelection(
  schema: Schema,
  { policies, policyOf }: BatchOptions,
  plan: RowPlan,
  random: RandomSource,
  progress: (row: number) => void,
): Selection {
  const rows = plan.sameAs.length;
  const widest = Math.max(0, ...policies.map(({ disclosed }) => disclosed));
  const samplers = policies.map(poolSampler);
  const policyAt = (row: number): Policy => policies[policyOf?.[row] ?? 0] as Policy;
  const isNew = (row: number): boolean => plan.sameAs[row] === row && !plan.known.has(row);

  const chosen = new Uint16Array(rows * widest);
  const levels = schema.levels.length;
  const sizes = new Uint32Array(schema.attributes.length * levels);
  for (let row = 0; row < rows; row++) {
    progress(row);
    if (!isNew(row)) continue;
    const policy = policyAt(row);
    const target = chosen.subarray(row * widest, row * widest + policy.disclosed);
    samplers[policyOf?.[row] ?? 0]?.(target, random);
    for (const attribute of target) {
      const group = attribute * levels + (policy.levels[attribute] as number);
      sizes[group] = (sizes[group] as number) + 1;
    }
  }

  const members = Array.from(sizes, (size) => (size === 0 ? undefined : new Uint32Array(size)));
  const filled = new Uint32Array(sizes.length);
  for (let row = 0; row < rows; row++) {
    if (!isNew(row)) continue;
    const policy = policyAt(row);
    for (let i = 0; i < policy.disclosed; i++) {
      const attribute = chosen[row * widest + i] as number;
      const group = attribute * levels + (policy.levels[attribute] as number);
      (members[group] as Uint32Array)[filled[group] as number] = row;
      filled[group] = (filled[group] as number) + 1;
    }
  }

  const groups: SelectionGroup[] = [];
  for (const [group, list] of members.entries()) {
    if (list === undefined) continue;
    const attribute = Math.floor(group / levels);
    const level = group % levels;
    const { reportBytes } = anyMechanismOf(schema, attribute, level);
    groups.push({ attribute, level, reportBytes, rows: list });
  }
  return { groups, disclosedOf: (row) => policyAt(row).disclosed };
}
