import { createHash } from "node:crypto";
import type { Purpose } from "@emrx/chain-adapter/contracts";
import { encodeMatchingBook } from "@emrx/chain-adapter/rounds";
import { defineMenus, ExchangeError } from "@emrx/exchange";
import { formatMoney, parseMoney } from "@emrx/exchange/money";
import { decodeOfferBook, encodeOfferBook, type OfferBook } from "@emrx/exchange/offers";
import {
  decodeRoundResult,
  encodeRoundResult,
  mutualTerms,
  preferenceLists,
  type RequestTerms,
} from "@emrx/exchange/rounds";
import { fc, property } from "@emrx/testkit";
import { describe, expect, test } from "vitest";
import { menus, menusDocument, schema } from "./fixture.js";

const sizes = { profiles: 3, floors: 2, buyers: 2 };

const book: fc.Arbitrary<OfferBook> = fc.integer({ min: 0, max: 12 }).chain((count) =>
  fc.record({
    count: fc.constant(count),
    profile: column(count, 3),
    floor: column(count, 2),
    buyers: column(count, 2),
    pseudonyms: fc.uint8Array({ minLength: 32 * count, maxLength: 32 * count }),
    leaves: fc.uint8Array({ minLength: 32 * count, maxLength: 32 * count }),
  }),
);

function column(count: number, below: number): fc.Arbitrary<Uint8Array<ArrayBuffer>> {
  return fc.uint8Array({ minLength: count, maxLength: count, max: below - 1 });
}

const request: fc.Arbitrary<RequestTerms> = fc.record({
  requester: fc
    .uint8Array({ minLength: 32, maxLength: 32 })
    .map((bytes) => Buffer.from(bytes).toString("hex")),
  purpose: fc.constantFrom<Purpose>("HRESCH", "HMARKT", "PUBHLTH"),
  weights: fc.constantFrom<Record<string, number>>(
    { smoker: 2, bmi: 1 },
    { sex: 1 },
    { age: 3, sex: 1 },
    { bmi: 1 },
  ),
  tolerance: fc.constant("0.05"),
  pricePerRecord: fc.integer({ min: 0, max: 80 }),
  quota: fc.integer({ min: 1, max: 9 }),
});

describe("public encodings", () => {
  property("an offer book survives encoding, and its bytes are canonical", [book], (given) => {
    const bytes = encodeOfferBook(given);
    expect(decodeOfferBook(bytes, sizes)).toEqual(given);
    expect(encodeOfferBook(decodeOfferBook(bytes, sizes))).toEqual(bytes);
  });

  property(
    "a round result survives encoding, and its bytes are canonical",
    [
      fc.integer({ min: 1, max: 40 }).chain((offers) =>
        fc
          .array(fc.uniqueArray(fc.integer({ min: 0, max: offers - 1 }), { maxLength: 6 }), {
            maxLength: 5,
          })
          .map((rows) => {
            const sorted = rows.map((row) => [...row].sort((a, b) => a - b));
            const offsets = new Uint32Array(rows.length + 1);
            for (const [r, row] of sorted.entries())
              offsets[r + 1] = (offsets[r] ?? 0) + row.length;
            return {
              offers,
              requests: rows.length,
              offsets,
              held: Uint32Array.from(sorted.flat()),
            };
          }),
      ),
    ],
    (result) => {
      const bytes = encodeRoundResult(result);
      expect(decodeRoundResult(bytes)).toEqual(result);
    },
  );

  property(
    "mutated bytes give the same value's bytes or a listed error, nothing else",
    [book, fc.nat(), fc.integer({ min: 1, max: 255 })],
    (given, at, flip) => {
      const bytes = encodeOfferBook(given);
      for (const mutated of [
        bytes.map((byte, i) => (i === at % bytes.length ? byte ^ flip : byte)),
        bytes.slice(0, at % bytes.length),
      ])
        try {
          expect(encodeOfferBook(decodeOfferBook(mutated, sizes))).toEqual(mutated);
        } catch (error) {
          expect(error).toBeInstanceOf(ExchangeError);
        }
      const result = encodeRoundResult({
        offers: 9,
        requests: 2,
        offsets: Uint32Array.of(0, 2, 3),
        held: Uint32Array.of(1, 7, 4),
      });
      for (const mutated of [
        result.map((byte, i) => (i === at % result.length ? byte ^ flip : byte)),
        result.slice(0, at % result.length),
      ])
        try {
          expect(encodeRoundResult(decodeRoundResult(mutated))).toEqual(mutated);
        } catch (error) {
          expect(error).toBeInstanceOf(ExchangeError);
        }
    },
  );

  const publishers = {
    offsets: Uint32Array.of(0, 0, 1, 1, 1, 2, 2, 2, 3, 3),
    partners: Uint32Array.of(0, 1, 0),
  };
  test.each([
    ["offers of a request out of order", Uint32Array.of(0, 2, 3), Uint32Array.of(7, 1, 4)],
    ["an offer twice in a request", Uint32Array.of(0, 2, 3), Uint32Array.of(1, 1, 4)],
    ["an offer that does not exist", Uint32Array.of(0, 2, 3), Uint32Array.of(1, 9, 4)],
    ["offers that hold other requests", Uint32Array.of(0, 2, 3), Uint32Array.of(1, 7, 5)],
  ])("a result with %s is refused", (_, offsets, held) => {
    const requesters = { offsets, partners: held };
    expect(() => decodeRoundResult(encodeMatchingBook({ publishers, requesters }))).toThrow(
      ExchangeError,
    );
  });

  test("a result is written from both sides", () => {
    const requesters = { offsets: Uint32Array.of(0, 2, 3), partners: Uint32Array.of(1, 7, 4) };
    const bytes = encodeMatchingBook({ publishers, requesters });
    const { offsets, partners: held } = requesters;
    expect(decodeRoundResult(bytes)).toEqual({ offers: 9, requests: 2, offsets, held });
    expect(encodeRoundResult({ offers: 9, requests: 2, offsets, held })).toEqual(bytes);
  });
});

property(
  "money: what is written is what was read, to the cent",
  [fc.integer({ min: 0, max: 1_000_000_000 })],
  (minor) => {
    expect(parseMoney(formatMoney(minor))).toBe(minor);
  },
);

test.each(["", "1.234", "-1", "1e3", " 1", "١", "10000000.01", "."])(
  "money: %j is refused",
  (text) => {
    expect(() => parseMoney(text, "price")).toThrow(
      expect.objectContaining({ code: "EMRX_EXCHANGE_MONEY" }) as Error,
    );
  },
);

// The stated rule once more, written from the words of its documentation and sharing no code with the lists.
function naiveLists(
  offers: readonly OfferBook[],
  requests: readonly RequestTerms[],
  seed: Uint8Array<ArrayBuffer>,
) {
  const terms = mutualTerms(schema, menus, requests);
  const number = (id: Uint8Array<ArrayBuffer>): number =>
    createHash("sha256").update(seed).update(id).digest().readUInt32BE(0);
  const mix = (value: number): number => {
    const m = 0xffffffffn;
    let h = BigInt(value) & m;
    h = ((h ^ (h >> 16n)) * 0x85ebca6bn) & m;
    h = ((h ^ (h >> 13n)) * 0xc2b2ae35n) & m;
    return Number(h ^ (h >> 16n));
  };
  const xor = (a: number, b: number): number => Number(BigInt(a) ^ BigInt(b));
  const pair = (a: number, b: number, purpose: number): number => mix(xor(mix(xor(a, purpose)), b));
  const patients = offers.flatMap((book) =>
    Array.from({ length: book.count }, (_, row) => ({
      profile: book.profile[row] ?? 0,
      floor: menus.priceFloors[book.floor[row] ?? 0] ?? 0,
      number: number(book.pseudonyms.subarray(32 * row, 32 * row + 32)),
    })),
  );
  const buyers = requests.map((terms, index) => ({
    ...terms,
    index,
    number: number(Buffer.from(terms.requester, "hex")),
  }));
  const cell = (profile: number, r: number): number => profile * requests.length + r;
  const byPatient = patients.map((patient) =>
    buyers
      .filter(
        ({ index, pricePerRecord }) =>
          terms.acceptable[cell(patient.profile, index)] === 1 &&
          pricePerRecord >= patient.floor &&
          (terms.net[cell(patient.profile, index)] ?? -1) >= 0,
      )
      .sort(
        (a, b) =>
          pair(patient.number, a.number, 0x1b873593) - pair(patient.number, b.number, 0x1b873593) ||
          a.index - b.index,
      )
      .slice(0, menus.document.listLength)
      .sort(
        (a, b) =>
          (terms.net[cell(patient.profile, b.index)] ?? 0) -
            (terms.net[cell(patient.profile, a.index)] ?? 0) ||
          pair(patient.number, a.number, 0x2f6c4d21) - pair(patient.number, b.number, 0x2f6c4d21) ||
          a.index - b.index,
      )
      .map(({ index }) => index),
  );
  const byRequest = buyers.map((buyer) =>
    patients
      .map((patient, index) => ({ ...patient, index }))
      .filter(({ index }) => byPatient[index]?.includes(buyer.index))
      .sort(
        (a, b) =>
          (terms.score[cell(b.profile, buyer.index)] ?? 0) -
            (terms.score[cell(a.profile, buyer.index)] ?? 0) ||
          (pair(a.number, buyer.number, 0x5bd1e995) >>> 12) -
            (pair(b.number, buyer.number, 0x5bd1e995) >>> 12) ||
          a.index - b.index,
      )
      .map(({ index }) => index),
  );
  return { byPatient, byRequest };
}

const rows = (offsets: Uint32Array, lists: Uint32Array): number[][] =>
  Array.from({ length: offsets.length - 1 }, (_, i) => [
    ...lists.subarray(offsets[i], offsets[i + 1]),
  ]);

property(
  "preference lists follow the stated rule to the letter, and are mutual",
  [
    fc.array(book, { minLength: 1, maxLength: 3 }),
    fc.uniqueArray(request, { minLength: 1, maxLength: 8, selector: ({ requester }) => requester }),
    fc.uint8Array({ minLength: 32, maxLength: 32 }),
  ],
  (offers, requests, seed) => {
    const lists = preferenceLists(
      offers,
      requests,
      menus,
      mutualTerms(schema, menus, requests),
      seed,
    );
    const expected = naiveLists(offers, requests, seed);
    expect(rows(lists.offerOffsets, lists.offerLists)).toEqual(expected.byPatient);
    expect(rows(lists.requestOffsets, lists.requestLists)).toEqual(expected.byRequest);
  },
);

describe("mutual terms", () => {
  const base: RequestTerms = {
    requester: "00".repeat(32),
    purpose: "HRESCH",
    weights: { smoker: 1 },
    tolerance: "0.05",
    pricePerRecord: 50,
    quota: 1,
  };

  test("by hand: price minus purpose cost minus exposure, and efficiency times the chance of being sampled", () => {
    const { net, score, acceptable } = mutualTerms(schema, menus, [
      base,
      { ...base, purpose: "HMARKT" },
    ]);
    // standard: smoker at epsilon 2, exposure 2 x 2 cents; 50 - 4 = 46 cents; marketing costs 10 more.
    expect([...net.subarray(0, 2)]).toEqual([460_000, 360_000]);
    // strict: smoker at epsilon 1.
    expect(net[2]).toBe(480_000);
    expect([...acceptable]).toEqual([1, 1, 1, 0, 1, 1]);
    // GRR with d = 4 at e^2: V0 = (d-2+E)/(E-1)^2, K = (d-2)/(E-1), S = 3/16; sampled with probability 2/4 (2/3 without bmi).
    const E = Math.exp(2);
    const V = (2 + E) / (E - 1) ** 2 + (2 / (E - 1)) * 0.25;
    const efficiency = 0.1875 / (0.1875 + V);
    expect(score[0]).toBeCloseTo((efficiency / 2) * 1e6, -1);
    expect(score[4]).toBeCloseTo(((efficiency * 2) / 3) * 1e6, -1);
  });

  test("a record that can tell the requester nothing is not acceptable", () => {
    const { acceptable } = mutualTerms(schema, menus, [{ ...base, weights: { bmi: 1 } }]);
    expect([...acceptable]).toEqual([1, 1, 0]);
  });

  test("a refused purpose covers the purposes below it", () => {
    const profiles = [{ name: "no research", preferences: {}, refuses: ["HRESCH" as const] }];
    const careful = defineMenus(schema, { ...menusDocument, profiles });
    const wishes = (["HRESCH", "CLINTRCH", "PUBHLTH"] as const).map((purpose) => ({
      ...base,
      purpose,
    }));
    expect([...mutualTerms(schema, careful, wishes).acceptable]).toEqual([0, 0, 1]);
    const unknown = [{ name: "x", preferences: {}, refuses: ["FUN" as Purpose] }];
    expect(() => defineMenus(schema, { ...menusDocument, profiles: unknown })).toThrow(
      /refuses.*FUN/,
    );
  });

  test("a weight on an unknown attribute is refused", () => {
    expect(() => mutualTerms(schema, menus, [{ ...base, weights: { shoe: 1 } }])).toThrow(
      /weights\.shoe/,
    );
  });
});
