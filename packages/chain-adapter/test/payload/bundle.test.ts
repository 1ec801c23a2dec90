import { LedgerError } from "@emrx/chain-adapter";
import { type Bundle, decodeBundle, encodeBundle, selectBundle } from "@emrx/chain-adapter/payload";
import { fc, property } from "@emrx/testkit";
import { expect, test } from "vitest";
import { hex } from "../merkle/reference.js";
import { batchOf, expectedLeaf } from "./sample.js";

const lengths = fc.array(fc.nat({ max: 40 }), { minLength: 1, maxLength: 10 });

/** A batch and some of its leaves. */
const cases = fc.record({ lengths, consents: fc.boolean(), mask: fc.nat() }).map((choice) => {
  const batch = batchOf(choice.lengths, choice.consents ? choice.lengths.length : 1);
  const indices = choice.lengths.map((_, i) => i).filter((i) => (choice.mask >> i) % 2 === 1);
  return { batch, indices: indices.length === 0 ? [0] : indices };
});

property(
  "a bundle holds exactly the rows asked for, whatever their order",
  [cases],
  ({ batch, indices }) => {
    const bundle = selectBundle(batch, [...indices].reverse());
    expect([...bundle.indices]).toEqual(indices);
    for (const [i, row] of indices.entries()) {
      const at = (of: Uint8Array, j: number): Uint8Array => of.subarray(j * 32, j * 32 + 32);
      const { offsets, bytes } = bundle.reports;
      const report = bytes.subarray(offsets[i], offsets[i + 1]);
      const source = batch.reports;
      expect(report).toEqual(source.bytes.subarray(source.offsets[row], source.offsets[row + 1]));
      const consent = bundle.consent.length === 32 ? bundle.consent : at(bundle.consent, i);
      const expected = expectedLeaf(
        5,
        at(bundle.pseudonyms, i),
        consent,
        at(bundle.salts, i),
        report,
      );
      expect(hex(at(bundle.leaves, i))).toBe(expected);
      expect(hex(at(batch.leaves, row))).toBe(expected);
    }
  },
);

property(
  "reading what was written gives the bundle back, leaves recomputed",
  [cases],
  ({ batch, indices }) => {
    const bundle = selectBundle(batch, indices);
    const decoded = decodeBundle(encodeBundle(bundle));
    const plain = (of: Bundle) =>
      JSON.stringify(of, (_, value) =>
        ArrayBuffer.isView(value) ? [...(value as Uint8Array)] : value,
      );
    expect(plain(decoded)).toBe(plain(bundle));
  },
);

property(
  "other bytes are refused with EMRX_INVALID_BUNDLE, or are the one encoding of what they hold",
  [
    cases,
    fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { maxLength: 4 }),
    fc.integer({ min: -40, max: 40 }),
  ],
  ({ batch, indices }, edits, cut) => {
    const encoded = encodeBundle(selectBundle(batch, indices));
    const altered = new Uint8Array(Math.max(0, encoded.length + cut));
    altered.set(encoded.subarray(0, altered.length));
    // Edits in the header, where every byte has a meaning, and anywhere.
    for (const [at, value] of edits)
      altered[at % (at % 2 === 0 ? 96 : altered.length || 1)] = value;
    try {
      expect(encodeBundle(decodeBundle(altered))).toEqual(altered);
    } catch (error) {
      expect(error).toBeInstanceOf(LedgerError);
      expect((error as LedgerError).code).toBe("EMRX_INVALID_BUNDLE");
    }
  },
  { numRuns: 500 },
);

property("noise is refused", [fc.uint8Array({ maxLength: 400 })], (noise) => {
  expect(() => decodeBundle(noise)).toThrow(
    expect.objectContaining({ code: "EMRX_INVALID_BUNDLE" }),
  );
});

test("each field of the format is checked", () => {
  const encoded = encodeBundle(selectBundle(batchOf([4, 5, 6], 3), [0, 2]));
  const refused = (message: RegExp, edit: (copy: Uint8Array, view: DataView) => void) => {
    const copy = Uint8Array.from(encoded);
    edit(copy, new DataView(copy.buffer));
    expect(() => decodeBundle(copy)).toThrow(message);
  };
  refused(/EMRXBN1/, (copy) => copy.set([0x58]));
  refused(/the round .* less than 2/, (_, view) => view.setUint32(40, 2 ** 31));
  refused(/the size of the batch .* less than 2/, (_, view) => view.setUint32(80, 2 ** 31));
  refused(/holds no report/, (_, view) => view.setUint32(88, 0));
  refused(/2 consents for 3 reports/, (_, view) => view.setUint32(88, 3));
  refused(/consents for/, (_, view) => view.setUint32(92, 0));
  refused(/reports take/, (_, view) => {
    view.setUint32(88, 2 ** 31);
    view.setUint32(92, 1);
  });
  refused(/equal consents are not shared/, (copy) => copy.copyWithin(96 + 32, 96, 96 + 32));
  refused(/leaf 3 in a batch of 3/, (_, view) => view.setUint32(96 + 64 + 4, 3));
  refused(/out of order/, (_, view) => view.setUint32(96 + 64 + 4, 0));
  refused(/out of order/, (_, view) => view.setUint32(96 + 64, 2));
  const lengthsAt = 96 + 64 + 8 + 64 + 64;
  refused(/the reports take \d+ bytes/, (_, view) => view.setUint32(lengthsAt, 2 ** 32 - 1));
  refused(/the reports take \d+ bytes/, (_, view) => view.setUint32(lengthsAt, 3));
  expect(() => decodeBundle(encoded.subarray(0, 95))).toThrow(/the number of consents/);
  expect(() => decodeBundle("x" as never)).toThrow(/expected a Uint8Array/);
  expect(decodeBundle(encoded).count).toBe(2);
});

test("bytes inside a larger buffer are read in their place", () => {
  const encoded = encodeBundle(selectBundle(batchOf([4, 5, 6]), [1]));
  const larger = Uint8Array.from([1, 2, 3, ...encoded, 4, 5]);
  expect(decodeBundle(larger.subarray(3, 3 + encoded.length)).reports.bytes).toEqual(
    decodeBundle(encoded).reports.bytes,
  );
});

test("leaves outside the batch, repeated or none are refused, and the message says which", () => {
  const batch = batchOf([1, 2, 3]);
  for (const [indices, got] of [
    [[], "different leaves from 0 to 2, one or more; got none"],
    [undefined, "indices is undefined; expected an iterable"],
    [7, "indices is 7 .*; expected an iterable"],
    [[3], "different leaves from 0 to 2, one or more; got 3"],
    [[0, -1], "indices\\[1\\] is -1 .*; expected a whole number"],
    [[0.5], "indices\\[0\\] is 0.5 .*; expected a whole number"],
    [[Number.NaN], "indices\\[0\\] is NaN .*; expected a whole number"],
    [[2, "0"], 'indices\\[1\\] is "0" .*; expected a whole number'],
    [[1, 1], "one or more; got one of them twice"],
    [[0, 2, 0], "one or more; got one of them twice"],
  ] as [never, string][]) {
    expect(() => selectBundle(batch, indices)).toThrow(
      expect.objectContaining({
        code: "EMRX_INVALID_BUNDLE",
        message: expect.stringMatching(new RegExp(got)),
      }),
    );
  }
});
