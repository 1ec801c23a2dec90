import { fc, property } from "@emrx/testkit";
import { expect } from "vitest";
import type { Policy } from "../../src/index.js";
import { poolSampler } from "../../src/records/sample.js";

/** A source that makes `uniformBelow(bound)` give the scripted numbers. */
function scripted(choices: readonly (readonly [number, number])[]) {
  let next = 0;
  return {
    fill(words: Uint32Array): void {
      for (let i = 0; i < words.length; i++) {
        const [choice, bound] = choices[next++] as readonly [number, number];
        words[i] = Math.floor(((choice + 0.5) * 2 ** 32) / bound);
      }
    },
  };
}

property(
  "sampling: over all equally likely draws every k-subset of the pool comes up equally often, whatever came before",
  [fc.uniqueArray(fc.nat(400), { minLength: 1, maxLength: 5 }), fc.nat(4), fc.nat(1000)],
  (indices, kIndex, history) => {
    const pool = [...indices].sort((a, b) => a - b);
    const k = (kIndex % pool.length) + 1;
    // All scripts: the i-th draw is one of m - i.
    let scripts: [number, number][][] = [[]];
    for (let i = 0; i < k; i++)
      scripts = scripts.flatMap((script) =>
        Array.from({ length: pool.length - i }, (_, choice): [number, number][] => [
          ...script,
          [choice, pool.length - i],
        ]),
      );
    const target = new Uint16Array(k);
    const counts = new Map<string, number>();
    for (const script of scripts) {
      const sampler = poolSampler({ pool, disclosed: k } as unknown as Policy);
      // The same earlier draw before each, so that the pool starts in another order than the schema's.
      sampler(target, scripted(scripts[history % scripts.length] as [number, number][]));
      sampler(target, scripted(script));
      expect([...target]).toEqual([...target].sort((a, b) => a - b));
      counts.set(target.join(), (counts.get(target.join()) ?? 0) + 1);
    }
    const subsets = choose(pool.length, k);
    expect(counts.size).toBe(subsets);
    for (const count of counts.values())
      expect(count).toBe(k === pool.length ? scripts.length : scripts.length / subsets);
  },
);

function choose(n: number, k: number): number {
  return k === 0 ? 1 : (choose(n - 1, k - 1) * n) / k;
}
