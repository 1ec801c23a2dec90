import { fc, property, rational as R } from "@emrx/testkit";
import { expect } from "vitest";
import { discreteSampler } from "../../src/random/discrete.js";
import { WordStream } from "../../src/random/stream.js";

const scripted = (...words: number[]): WordStream =>
  new WordStream(
    {
      fill(target) {
        for (let i = 0; i < target.length; i++) target[i] = words.shift() ?? 0;
      },
    },
    1,
  );

property(
  "a discrete sampler cuts [0, 1) exactly at the cumulative weights, however many digits that takes",
  [
    fc
      .array(fc.bigInt({ min: 0n, max: 2n ** 80n }), { minLength: 1, maxLength: 8 })
      .filter((w) => w.some((x) => x > 0n)),
    fc.nat(7),
    fc.bigInt({ min: -2n, max: 2n }),
  ],
  (weights, which, near) => {
    const sampler = discreteSampler(weights);
    const total = weights.reduce((a, b) => a + b, 0n);
    const end = weights.slice(0, (which % weights.length) + 1).reduce((a, b) => a + b, 0n);
    // 96 binary digits next to a boundary, as three words followed by zeros: the number is value / 2^96 exactly.
    let value = (end << 96n) / total + near;
    if (value < 0n) value = 0n;
    if (value >= 2n ** 96n) value = 2n ** 96n - 1n;
    const words = [value >> 64n, (value >> 32n) & 0xffffffffn, value & 0xffffffffn].map(Number);
    const found = sampler.draw(scripted(...words));
    const u = R.q(value, 2n ** 96n);
    let before = 0n;
    for (let i = 0; i < found; i++) before += weights[i] as bigint;
    expect(R.less(u, R.q(before, total))).toBe(false);
    expect(R.less(u, R.q(before + (weights[found] as bigint), total))).toBe(true);
  },
  { numRuns: 300 },
);
