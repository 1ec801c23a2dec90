// Law: for every mechanism, every number of bits from 1 to 64 and all parameters, either a typed refusal or the promised loss.
// The loss is the largest ratio of the channel's own probabilities, over all outputs and pairs of inputs; no closed form is believed.
import { fc, property, rational as R } from "@emrx/testkit";
import { expect, test } from "vitest";
import type { Channel } from "../../src/audit.js";
import { LdpError } from "../../src/index.js";
import {
  blockHadamardResponse,
  duchi,
  grr,
  hadamardResponse,
  minIdUnary,
  oue,
  privset,
  projectiveGeometryResponse,
  subsetSelection,
  sue,
  unaryEncoding,
  utilityRandomizedResponse,
  utilityRappor,
  windowMechanism,
  windowMixture,
} from "../../src/mechanisms.js";

/** A mechanism with what it promises: the epsilon of each pair of inputs, for the outputs that count. */
interface Promised {
  readonly channel: Channel;
  readonly epsilonOf: (a: number, b: number) => string;
  readonly counts?: (output: number) => boolean;
}

interface Given {
  readonly bits: number;
  readonly epsilon: string;
  readonly other: string;
  readonly d: number;
}

const plain = (mechanism: { channel(): Channel }, epsilon: string): Promised => ({
  channel: mechanism.channel(),
  epsilonOf: () => epsilon,
});

const makers: { readonly [name: string]: (given: Given) => Promised } = {
  grr: ({ d, epsilon, bits }) => plain(grr({ categories: d, epsilon, bits }), epsilon),
  sue: ({ d, epsilon, bits }) => plain(sue({ categories: d, epsilon, bits }), epsilon),
  oue: ({ d, epsilon, bits }) => plain(oue({ categories: d, epsilon, bits }), epsilon),
  ue: ({ d, epsilon, bits }) =>
    plain(unaryEncoding({ categories: d, epsilon, p: "0.7", bits }), epsilon),
  subset: ({ d, epsilon, bits }) =>
    plain(subsetSelection({ categories: d, epsilon, bits }), epsilon),
  hadamard: ({ d, epsilon, bits }) =>
    plain(hadamardResponse({ categories: d, epsilon, bits }), epsilon),
  blocks: ({ d, epsilon, bits }) =>
    plain(blockHadamardResponse({ categories: d, epsilon, bits }), epsilon),
  geometry: ({ d, epsilon, bits }) =>
    plain(projectiveGeometryResponse({ categories: d, epsilon, bits }), epsilon),
  duchi: ({ epsilon, bits }) => plain(duchi({ range: [0, 1], epsilon, bits }), epsilon),
  window: ({ epsilon, bits }) => plain(windowMechanism({ range: [0, 1], epsilon, bits }), epsilon),
  mixture: ({ epsilon, bits }) => plain(windowMixture({ range: [0, 1], epsilon, bits }), epsilon),
  sets: ({ d, epsilon, bits }) =>
    plain(privset({ categories: d + 2, atMost: 2, epsilon, bits }), epsilon),
  "min-id, fair coin": ({ d, epsilon, other, bits }) => minId(d, epsilon, other, bits, "fair coin"),
  "min-id, symmetric": ({ d, epsilon, other, bits }) => minId(d, epsilon, other, bits, "symmetric"),
  // Of the utility-optimized mechanisms only what a sensitive value can have given is protected.
  urr: ({ d, epsilon, bits }) => ({
    ...plain(
      utilityRandomizedResponse({ categories: d + 1, sensitive: [0, 1], epsilon, bits }),
      epsilon,
    ),
    counts: (output) => output < 2,
  }),
  urap: ({ d, epsilon, bits }) => ({
    ...plain(utilityRappor({ categories: d + 1, sensitive: [0, 1], epsilon, bits }), epsilon),
    counts: (output) => output < 4,
  }),
};

function minId(
  d: number,
  epsilon: string,
  other: string,
  bits: number,
  variant: "fair coin" | "symmetric",
): Promised {
  const epsilons = Array.from({ length: d }, (_, i) => (i % 2 === 0 ? epsilon : other));
  const mechanism = minIdUnary({ epsilons, variant, bits });
  const channel = mechanism.channel();
  // The closed form is the enumeration, in both directions.
  for (let a = 0; a < d; a++)
    for (let b = 0; b < d; b++) {
      if (a === b) continue;
      const { numerator, denominator } = mechanism.pairRatio(a, b);
      expect(
        R.equal(
          R.q(numerator, denominator),
          worst(channel, a, b, () => true),
        ),
      ).toBe(true);
    }
  return {
    channel,
    epsilonOf: (a, b) =>
      Number(epsilons[a]) < Number(epsilons[b]) ? (epsilons[a] as string) : (epsilons[b] as string),
  };
}

/** The largest P(y | a) / P(y | b). */
function worst(
  { outputs, probability }: Channel,
  a: number,
  b: number,
  counts: (output: number) => boolean,
): R.Q {
  let [n, d] = [0n, 1n];
  for (let output = 0; output < outputs; output++) {
    if (!counts(output)) continue;
    const [x, y] = [probability(output, a), probability(output, b)];
    if (x.numerator === 0n) continue;
    if (y.numerator === 0n)
      throw new Error(`output ${output} tells input ${b} from ${a} for certain`);
    const [top, bottom] = [x.numerator * y.denominator, x.denominator * y.numerator];
    if (n * bottom < top * d) [n, d] = [top, bottom];
  }
  return R.q(n, d);
}

/** A lower bound of e^epsilon, by its series: 80 terms leave less than 10^-60 out below epsilon 5, and no promise is so near. */
const bounds = new Map<string, R.Q>();
function boundOf(epsilon: string): R.Q {
  const bound = bounds.get(epsilon) ?? R.expLower(R.decimal(epsilon), 80);
  bounds.set(epsilon, bound);
  return bound;
}

function check({ channel, epsilonOf, counts = () => true }: Promised): void {
  for (let a = 0; a < channel.inputs; a++)
    for (let b = 0; b < channel.inputs; b++) {
      if (a === b) continue;
      expect(R.less(boundOf(epsilonOf(a, b)), worst(channel, a, b, counts))).toBe(false);
    }
}

/** The mechanism, or undefined where it is refused with the code for too few bits. */
function orRefused(make: (given: Given) => Promised, given: Given): Promised | undefined {
  try {
    return make(given);
  } catch (error) {
    if (!(error instanceof LdpError)) throw error;
    // Where no mixture is better than a single mechanism, none is made, whatever the bits.
    const noBetter = /no mixture/.test(error.message);
    expect(error.code).toBe(noBetter ? "EMRX_BAD_PARAMETER" : "EMRX_DEGENERATE_MECHANISM");
    return undefined;
  }
}

const epsilon = fc.integer({ min: 20, max: 5000 }).map((thousandths) => String(thousandths / 1000));
for (const [name, make] of Object.entries(makers)) {
  property(
    `${name}: whatever the bits, the loss is at most what was promised, or the mechanism is refused`,
    [
      fc.record({
        bits: fc.oneof(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 64 })),
        epsilon,
        other: epsilon,
        d: fc.integer({ min: 2, max: 4 }),
      }),
    ],
    (given) => {
      const made = orRefused(make, given);
      if (made !== undefined) check(made);
    },
    { numRuns: 25 },
  );
}

test("min-id with three bits: what was once promised and not kept is refused", () => {
  const options = { epsilons: ["0.5", "1"], variant: "symmetric", bits: 3 } as const;
  expect(() => minIdUnary(options)).toThrow(
    expect.objectContaining({ code: "EMRX_DEGENERATE_MECHANISM" }) as LdpError,
  );
});

test("every mechanism can be made with some number of bits, so the law is about something", () => {
  for (const [name, make] of Object.entries(makers)) {
    const bits = [12, 16, 32, 64].filter(
      (bits) => orRefused(make, { bits, epsilon: "1", other: "0.5", d: 4 }) !== undefined,
    );
    expect([name, bits]).toEqual([name, [12, 16, 32, 64]]);
  }
});
