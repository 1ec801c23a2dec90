// One record's answers at all levels, where lower levels are derived: drawn once, released in part.
//
//   the report at the person's own levels (see report.ts)
//   then for each disclosed attribute, in order: the mechanism's report at every step of its chain below its own, from high to low
//
// A full report stays in the store. Where lower levels are not derived, it is the report and nothing else.
import type { AttributeChain } from "../schema/attribute-chain.js";
import { anyMechanismOf, chainOfAttribute } from "../schema/mechanism.js";
import { levelAt } from "../schema/policy.js";
import type { Schema } from "../schema/schema.js";
import { headerBytes, itemBytes } from "./report.js";

/** How many steps of its chain an attribute has below a level. */
export function stepsBelow(schema: Schema, attribute: number, level: number): number {
  const chain = chainOfAttribute(schema, attribute);
  return chain === undefined ? 0 : chain.degradation.levels.length - 1 - stepAt(chain, level);
}

/** The step of a level, which is not looser than the attribute's own. */
export function stepAt({ stepOf }: AttributeChain, level: number): number {
  return stepOf[level] as number;
}

/**
 * Writes the report of a full report at a level: what is released of it.
 *
 * @returns where the report ends in `target`
 */
export function writeRelease(
  schema: Schema,
  fullReport: Uint8Array,
  requested: number,
  target: Uint8Array,
  offset: number,
): number {
  const count =
    (fullReport[headerBytes - 2] as number) + 256 * (fullReport[headerBytes - 1] as number);
  const length = reportEnd(schema, fullReport, count);
  target.set(fullReport.subarray(0, length), offset);
  let below = length;
  for (let i = 0, at = headerBytes; i < count; i++) {
    const { attribute, own, size } = itemAt(schema, fullReport, at);
    const chain = chainOfAttribute(schema, attribute);
    const level = levelAt(own, requested);
    if (chain !== undefined) {
      const down = stepAt(chain, level) - stepAt(chain, own);
      const from = below + (down - 1) * size;
      if (down > 0) target.set(fullReport.subarray(from, from + size), offset + at + itemBytes);
      below += stepsBelow(schema, attribute, own) * size;
    }
    target[offset + at + 2] = level;
    at += itemBytes + size;
  }
  return offset + length;
}

/** The report of a full report at a level. */
export function releaseOf(
  schema: Schema,
  fullReport: Uint8Array,
  requested: number,
): Uint8Array<ArrayBuffer> {
  const report = new Uint8Array(fullReport.length);
  return report.slice(0, writeRelease(schema, fullReport, requested, report, 0));
}

/** The length of the report that a full report begins with. */
function reportEnd(schema: Schema, fullReport: Uint8Array, count: number): number {
  let at = headerBytes;
  for (let i = 0; i < count; i++) at += itemBytes + itemAt(schema, fullReport, at).size;
  return at;
}

function itemAt(
  schema: Schema,
  fullReport: Uint8Array,
  at: number,
): { readonly attribute: number; readonly own: number; readonly size: number } {
  const attribute = (fullReport[at] as number) + 256 * (fullReport[at + 1] as number);
  const own = fullReport[at + 2] as number;
  return { attribute, own, size: anyMechanismOf(schema, attribute, own).reportBytes };
}
