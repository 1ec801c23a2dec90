// Which attributes of a record are disclosed: a uniform subset of the pool that never looks at the record.
import type { RandomSource } from "../random/source.js";
import { uniformBelow } from "../random/uniform.js";
import type { Policy } from "../schema/policy.js";

/** Writes a fresh choice of attribute indices, ascending, into `target` (its first `policy.disclosed` places). */
export type PoolSampler = (target: Uint16Array, random: RandomSource) => void;

/**
 * Builds the sampler of one policy: every subset of `policy.disclosed` attributes of the pool with the same probability,
 * exactly. It is the start of a Fisher-Yates shuffle; whatever order the last call left the pool in, the first k
 * places after k exact uniform draws are a uniform k-subset.
 */
export function poolSampler({ pool, disclosed }: Policy): PoolSampler {
  if (disclosed === pool.length) return (target) => target.set(pool);
  const order = Uint16Array.from(pool);
  return (target, random) => {
    for (let i = 0; i < disclosed; i++) {
      const chosen = i + uniformBelow(order.length - i, random);
      const attribute = order[chosen] as number;
      order[chosen] = order[i] as number;
      order[i] = attribute;
      // Insertion into the ascending list: k is small.
      let place = i;
      while (place > 0 && (target[place - 1] as number) > attribute) {
        target[place] = target[place - 1] as number;
        place--;
      }
      target[place] = attribute;
    }
  };
}
