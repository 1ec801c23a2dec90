// One record's answers at all levels, where lower levels are derived: drawn once, released in part.
//
//   the report at the person's own levels (see report.ts)
//   then for each disclosed attribute, in order: the mechanism's report at every rung of its chain below its own, from high to low
//
// A walk stays in the store. Where lower levels are not derived, it is the report and nothing else.
import { carrierOf } from "../schema/carrier.js";
import type { Ladder } from "../schema/ladder.js";
import { ladderOf } from "../schema/mechanism.js";
import { levelAt } from "../schema/policy.js";
import type { Schema } from "../schema/schema.js";
import { headerBytes, itemBytes } from "./report.js";

/** How many rungs of its chain an attribute has below a level. */
export function rungsBelow(schema: Schema, attribute: number, level: number): number {
  const ladder = ladderOf(schema, attribute);
  return ladder === undefined ? 0 : ladder.chain.levels.length - 1 - rungAt(ladder, level);
}

/** The rung of a level, which is not looser than the attribute's own. */
export function rungAt({ rungOf }: Ladder, level: number): number {
  return rungOf[level] as number;
}

/**
 * Writes the report of a walk at a level: what is released of it.
 *
 * @returns where the report ends in `target`
 */
export function writeRelease(
  schema: Schema,
  walk: Uint8Array,
  asked: number,
  target: Uint8Array,
  offset: number,
): number {
  const count = (walk[headerBytes - 2] as number) + 256 * (walk[headerBytes - 1] as number);
  const length = reportEnd(schema, walk, count);
  target.set(walk.subarray(0, length), offset);
  let below = length;
  for (let i = 0, at = headerBytes; i < count; i++) {
    const { attribute, own, size } = itemAt(schema, walk, at);
    const ladder = ladderOf(schema, attribute);
    const level = levelAt(own, asked);
    if (ladder !== undefined) {
      const down = rungAt(ladder, level) - rungAt(ladder, own);
      const from = below + (down - 1) * size;
      if (down > 0) target.set(walk.subarray(from, from + size), offset + at + itemBytes);
      below += rungsBelow(schema, attribute, own) * size;
    }
    target[offset + at + 2] = level;
    at += itemBytes + size;
  }
  return offset + length;
}

/** The report of a walk at a level. */
export function releaseOf(schema: Schema, walk: Uint8Array, asked: number): Uint8Array {
  const report = new Uint8Array(walk.length);
  return report.slice(0, writeRelease(schema, walk, asked, report, 0));
}

/** The length of the report that a walk begins with. */
function reportEnd(schema: Schema, walk: Uint8Array, count: number): number {
  let at = headerBytes;
  for (let i = 0; i < count; i++) at += itemBytes + itemAt(schema, walk, at).size;
  return at;
}

function itemAt(
  schema: Schema,
  walk: Uint8Array,
  at: number,
): { readonly attribute: number; readonly own: number; readonly size: number } {
  const attribute = (walk[at] as number) + 256 * (walk[at + 1] as number);
  const own = walk[at + 2] as number;
  return { attribute, own, size: carrierOf(schema, attribute, own).reportBytes };
}
