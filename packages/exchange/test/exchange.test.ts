import { createIdentity, signCall } from "@emrx/chain-adapter";
import {
  type ContentStore,
  createRecipient,
  sealBundle,
  selectBundle,
} from "@emrx/chain-adapter/payload";
import {
  auditExchange,
  defineMenus,
  ExchangeError,
  publisherSite,
  requesterSite,
  runRound,
} from "@emrx/exchange";
import { decodeOfferBook, encodeOfferBook } from "@emrx/exchange/offers";
import { readPublished } from "@emrx/exchange/sites";
import { type LdpError, memoryStore, seededRandom } from "@emrx/ldp-core";
import { createAccountant } from "@emrx/ldp-core/accounting";
import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import { describe, expect, test } from "vitest";
import { matchingBook } from "../src/round/result.js";
import {
  choicesFor,
  deliverAll,
  match,
  menus,
  menusDocument,
  openMarket,
  records,
  requests,
  rowsPerSite,
  schema,
  subjectsOf,
} from "./fixture.js";
import { allocationOf, honestRound, publishRound } from "./operator.js";

const auditOf = (market: Awaited<ReturnType<typeof openMarket>>) =>
  auditExchange({ ledger: market.ledger, store: market.store, schema, menus, leafProofs: 60 });

describe("a whole exchange", () => {
  test("runs from records to evaluated studies, and an audit of everything passes", async () => {
    const market = await openMarket();
    const round = await match(market);
    const delivered = await deliverAll(market, round);
    expect(delivered).toBe(round.result.held.length);
    for (const [i, lab] of market.labs.entries()) {
      const study = await lab.collect(round);
      const held = round.inputs.requests.findIndex(({ requester }) => requester === lab.id);
      const matched = (round.result.offsets[held + 1] ?? 0) - (round.result.offsets[held] ?? 0);
      expect(study.aggregator.reports).toBe(matched);
      expect(study.cohort).toBe(3 * rowsPerSite);
      if (matched === 0) {
        expect(i).toBe(4); // below every price floor
        continue;
      }
      for (const name of Object.keys(requests[i]?.weights ?? {})) {
        const estimate = study.estimate(name);
        expect(estimate.quality).toBeGreaterThan(0);
        expect(estimate.quality).toBeLessThanOrEqual(1);
        for (const { value, interval } of estimate.figures) {
          expect(value).toBeGreaterThanOrEqual(interval[0]);
          expect(value).toBeLessThanOrEqual(interval[1]);
        }
      }
      await lab.evaluate(study);
    }
    const result = await auditOf(market);
    expect(result.checks.filter(({ passed }) => !passed)).toEqual([]);
    expect(result.passed).toBe(true);
    expect(result.blockingPairs).toBe(0);
    expect(result.leavesVerified).toBe(3 * rowsPerSite);
    expect(result.ledger.rejected).toBe(0);
    // Every paid amount is price times count, by hand from the matching.
    const { paid, held, deposited, refunded } = await market.ledger.view({ type: "trade.escrow" });
    const due = round.inputs.requests.reduce(
      (sum, { pricePerRecord }, r) =>
        sum +
        Number(pricePerRecord) *
          ((round.result.offsets[r + 1] ?? 0) - (round.result.offsets[r] ?? 0)),
      0,
    );
    expect(paid).toBe(String(due));
    expect(BigInt(deposited)).toBe(BigInt(held) + BigInt(paid) + BigInt(refunded));
  });

  test("no patient is sold to more requesters than they chose, below their floor, or for a refused purpose", async () => {
    const market = await openMarket();
    const round = await match(market);
    const { books } = await readPublished({ store: market.store, menus }, round);
    const sold = new Uint32Array(3 * rowsPerSite);
    for (const [r, request] of round.inputs.requests.entries())
      for (const offer of round.result.held.subarray(
        round.result.offsets[r],
        round.result.offsets[r + 1],
      )) {
        sold[offer] = (sold[offer] ?? 0) + 1;
        const [book, row] = [books[Math.floor(offer / rowsPerSite)], offer % rowsPerSite];
        expect(Number(request.pricePerRecord)).toBeGreaterThanOrEqual(
          [10, 40][book?.floor[row] ?? 0] ?? 0,
        );
        expect(menusDocument.profiles[book?.profile[row] ?? 0]?.refuses).not.toContain(
          request.purpose,
        );
      }
    const most = books.flatMap(({ buyers }) => [...buyers].map((choice) => [1, 2][choice] ?? 0));
    expect([...sold].every((count, offer) => count <= (most[offer] ?? 0))).toBe(true);
    expect(sold.some((count) => count === 2)).toBe(true);
  });

  test("the same records under the same choices are published again at no cost, others only within the lifetime budget", async () => {
    const market = await openMarket();
    const [site, memory] = [market.sites[0], market.memories[0]];
    if (site === undefined || memory === undefined) throw new Error("no site");
    const accountant = createAccountant({ memory, lifetimeBudget: "8" });
    const before = await accountant.spent("patient 0/0");
    const size = (await market.ledger.checkpoint()).size;
    const input = { round: 2, table: records(0), subjects: subjectsOf(0), choices: choicesFor(0) };
    await site.randomize(input);
    expect(await accountant.spent("patient 0/0")).toBe(before);
    const more = async () => {
      for (let i = 1; i < 3; i++) await site.randomize({ ...input, table: records(i) });
    };
    await expect(more()).rejects.toThrow(
      expect.objectContaining({ code: "EMRX_BUDGET_EXHAUSTED" }) as LdpError,
    );
    expect((await market.ledger.checkpoint()).size).toBe(size);
  });
});

describe("what is refused", () => {
  test("requests for unknown attributes, with wrong weights, tolerances and prices change nothing", async () => {
    const market = await openMarket();
    const lab = market.labs[0];
    const request = { ...requests[0], round: 2 } as Parameters<
      NonNullable<typeof lab>["request"]
    >[0];
    const size = (await market.ledger.checkpoint()).size;
    for (const wrong of [
      { weights: { shoe: 1 } },
      { weights: {} },
      { weights: { smoker: 0 } },
      { weights: { smoker: 1.5 } },
      { tolerance: "0" },
      { tolerance: "2" },
      { tolerance: "small" },
      { pricePerRecord: "0.505" },
      { pricePerRecord: "-1" },
    ])
      await expect(lab?.request({ ...request, ...wrong })).rejects.toThrow(ExchangeError);
    expect((await market.ledger.checkpoint()).size).toBe(size);
  });

  test("a combination of choices that too few share is not offered, and nothing reaches the ledger", async () => {
    const market = await openMarket();
    const site = market.sites[0];
    if (site === undefined) throw new Error("no site");
    const profile = new Uint8Array(rowsPerSite);
    const floor = new Uint8Array(rowsPerSite).fill(1, 0, 4); // four patients with a price of their own
    const buyers = new Uint8Array(rowsPerSite);
    const choices = { profile, floor, buyers };
    const records2 = await site.randomize({
      round: 2,
      table: records(0),
      subjects: subjectsOf(8),
      choices,
    });
    const size = (await market.ledger.checkpoint()).size;
    await expect(site.publish(records2)).rejects.toThrow(
      expect.objectContaining({ code: "EMRX_EXCHANGE_LINKABLE" }) as Error,
    );
    expect((await market.ledger.checkpoint()).size).toBe(size);
    floor[4] = 1; // now they are five
    const { warnings } = await site.publish({ ...records2, choices });
    expect(warnings).toEqual([]);
  });

  test("choices that the menus do not have, or too few of them, spend nothing", async () => {
    const market = await openMarket();
    const [site, memory] = [market.sites[0], market.memories[0]];
    if (site === undefined || memory === undefined) throw new Error("no site");
    const input = { round: 2, table: records(1), subjects: subjectsOf(9), choices: choicesFor(0) };
    const { choices } = input;
    for (const wrong of [
      { ...choices, profile: new Uint8Array(rowsPerSite).fill(3) },
      { ...choices, floor: new Uint8Array(rowsPerSite).fill(2) },
      { ...choices, buyers: new Uint8Array(rowsPerSite - 1) },
    ])
      await expect(site.randomize({ ...input, choices: wrong })).rejects.toThrow(
        expect.objectContaining({ code: "EMRX_EXCHANGE_OFFER" }) as Error,
      );
    expect(await createAccountant({ memory, lifetimeBudget: "8" }).spent("patient 9/0")).toBe("0");
  });

  test.each([
    ["profiles", []],
    ["priceFloors", ["cheap"]],
    ["buyers", [0]],
    ["exposureCost", "much"],
    ["purposeCosts", { HRESCH: "1.234" }],
    ["listLength", 0],
  ])("menus with wrong %s", (name, value) => {
    expect(() => defineMenus(schema, { ...menusDocument, [name]: value })).toThrow(ExchangeError);
  });

  test("two profiles of one name", () => {
    const profiles = [
      menusDocument.profiles[0],
      menusDocument.profiles[0],
    ] as typeof menusDocument.profiles;
    expect(() => defineMenus(schema, { ...menusDocument, profiles })).toThrow(/profiles\[1\]/);
  });

  test("a round of offers with other menus, or with nothing to match", async () => {
    const market = await openMarket();
    const other = defineMenus(schema, { ...menusDocument, listLength: 2 });
    const base = { ledger: market.ledger, store: market.store, schema, operator: market.operator };
    await expect(runRound({ ...base, menus: other, round: 1 })).rejects.toThrow(/menusHash/);
    await expect(runRound({ ...base, menus, round: 5 })).rejects.toThrow(/0 offers and 0 requests/);
  });
});

describe("what is tampered with is found", () => {
  test("a bundle that the store altered does not open", async () => {
    const market = await openMarket();
    const round = await match(market);
    await deliverAll(market, round);
    const { grants } = { grants: await market.ledger.view({ type: "access.grants", round: 1 }) };
    const bundles = new Set(grants.map(({ bundle }) => bundle));
    const evil: ContentStore = {
      ...market.store,
      async get(id) {
        const bytes = await market.store.get(id);
        if (bundles.has(id)) bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
        return bytes;
      },
    };
    const lab = requesterSite({
      ledger: market.ledger,
      store: evil,
      schema,
      menus,
      identity: await createIdentity({ secretKey: new Uint8Array(32).fill(50) }),
      recipient: await createRecipient({ secret: new Uint8Array(32).fill(150) }),
    });
    await expect(lab.collect(round)).rejects.toThrow(
      expect.objectContaining({ code: "EMRX_BUNDLE_LOCKED" }) as Error,
    );
  });

  test("a site that delivers other reports than the matched ones is caught by the buyer and by the audit", async () => {
    const market = await openMarket();
    const round = await match(market);
    const site = market.sites[0];
    const publication = market.publications[0];
    if (site === undefined || publication === undefined) throw new Error("no site");
    const position = round.inputs.offers.findIndex((offer) => offer.site === site.id);
    const first = position * rowsPerSite;
    const r = round.inputs.requests.findIndex((_, i) =>
      [...round.result.held.subarray(round.result.offsets[i], round.result.offsets[i + 1])].some(
        (offer) => offer >= first && offer < first + rowsPerSite,
      ),
    );
    const requester = round.inputs.requests[r]?.requester ?? "";
    const rows = [
      ...round.result.held.subarray(round.result.offsets[r], round.result.offsets[r + 1]),
    ]
      .filter((offer) => offer >= first && offer < first + rowsPerSite)
      .map((offer) => offer - first);
    // One matched report is exchanged for another of the same batch.
    const spare =
      Array.from({ length: rowsPerSite }, (_, i) => i).find((row) => !rows.includes(row)) ?? 0;
    const forged = [...rows.slice(1), spare];
    const request = await market.ledger.view({ type: "trade.request", round: 1, requester });
    const sealed = await sealBundle(selectBundle(publication.batch, forged), {
      ledger: market.ledger.id,
      site: site.id,
      requester,
      recipient: hexToBytes(request?.hpkePublicKey ?? ""),
    });
    await market.store.put(sealed.content);
    const identity = await createIdentity({ secretKey: new Uint8Array(32).fill(1) });
    await market.ledger.submit(
      await signCall(
        market.ledger.id,
        identity,
        {
          type: "access.grantBatch",
          round: 1,
          grants: [
            {
              requester,
              policyId: "publication",
              attributes: ["sex", "smoker", "age", "bmi"],
              levels: ["loose", "usual", "strict"],
              bundle: sealed.contentId,
              root: sealed.statement.root,
              count: forged.length,
              wrappedKey: bytesToHex(sealed.wrappedKey),
            },
          ],
        },
        { key: "forged" },
      ),
    );
    const lab = market.labs.find(({ id }) => id === requester);
    await expect(lab?.collect(round)).rejects.toThrow(
      expect.objectContaining({ code: "EMRX_EXCHANGE_BUNDLE" }) as Error,
    );
    const result = await auditOf(market);
    expect(result.passed).toBe(false);
    expect(result.checks.find(({ passed }) => !passed)?.name).toMatch(/grants and deliveries/);
  });

  test("an operator who reveals another matching is caught by the audit, which counts the blocking pairs", async () => {
    const market = await openMarket();
    const honest = await honestRound(market);
    // The honest result without its last pair.
    const { result } = honest;
    const held = result.held.slice(0, -1);
    const offsets = result.offsets.map((offset) => Math.min(offset, held.length));
    const partners = matchingBook({ ...result, held, offsets });
    const stated = allocationOf(honest.inputs, partners);
    await publishRound(market, { book: honest.book, partners, allocation: stated });
    const finalize = { type: "matching.finalize", round: 1 } as const;
    await market.ledger.submit(
      await signCall(market.ledger.id, market.operator, finalize, { key: "finalize" }),
    );
    const found = await auditOf(market);
    expect(found.passed).toBe(false);
    expect(found.blockingPairs).toBe(1);
    const failed = found.checks.filter(({ passed }) => !passed).map(({ name }) => name);
    expect(failed).toContain(
      "round 1: the matching is the patient-optimal one of the public inputs",
    );
    expect(found.checks.find(({ name }) => name.endsWith("committed ones"))?.passed).toBe(true);
  });

  test("a rating that misstates the prediction fails the audit", async () => {
    const market = await openMarket();
    const round = await match(market);
    await deliverAll(market, round);
    const lab = market.labs[0];
    const study = await lab?.collect(round);
    if (lab === undefined || study === undefined) throw new Error("no lab");
    const deliveries = study.deliveries.map((delivery) => ({
      ...delivery,
      predictedQuality: delivery.predictedQuality - 1,
    }));
    await lab.evaluate({ ...study, deliveries });
    const result = await auditOf(market);
    expect(result.checks.filter(({ passed }) => !passed).map(({ name }) => name)).toEqual([
      "round 1: predicted qualities follow from the committed parameters",
    ]);
  });

  test("a site whose offer book has other leaves than its root is refused", async () => {
    const market = await openMarket();
    const round = await match(market);
    const offers = round.inputs.offers[0]?.offers ?? "";
    const book = decodeOfferBook(await market.store.get(offers), {
      profiles: 3,
      floors: 2,
      buyers: 2,
    });
    const leaves = book.leaves.slice();
    leaves[0] = (leaves[0] ?? 0) ^ 1;
    const evil: ContentStore = {
      ...market.store,
      get: async (id) =>
        id === offers ? encodeOfferBook({ ...book, leaves }) : await market.store.get(id),
    };
    await expect(readPublished({ store: evil, menus }, round)).rejects.toThrow(
      expect.objectContaining({ code: "EMRX_BUNDLE_MISMATCH" }) as Error,
    );
  });
});

test("a lifetime budget below what the loosest profile costs is refused before anything is offered", async () => {
  const market = await openMarket();
  const memory = memoryStore();
  const site = publisherSite({
    ledger: market.ledger,
    store: market.store,
    schema,
    menus,
    identity: await createIdentity(),
    secret: new Uint8Array(32).fill(200),
    memory,
    lifetimeBudget: "5.9",
    randomForTests: seededRandom("poor"),
  });
  await expect(
    site.randomize({
      round: 1,
      table: records(0),
      subjects: subjectsOf(7),
      choices: choicesFor(0),
    }),
  ).rejects.toThrow(expect.objectContaining({ code: "EMRX_BUDGET_EXHAUSTED" }) as Error);
  expect(await createAccountant({ memory, lifetimeBudget: "5.9" }).spent("patient 7/1")).toBe("0");
});
