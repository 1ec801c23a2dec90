import { auditExchange, readRound } from "@emrx/exchange";
import { memoryStore } from "@emrx/ldp-core";
import { expect, test } from "vitest";
import { during, intend, openWorld, publication, requests, runRound, schema } from "./world.js";

test("a round from offers to ratings, by offer, request and step alone", async () => {
  const world = await openWorld();
  await intend(world);
  await runRound(world);
  const { ledger, labs, sites, store } = world;
  const round = await readRound(ledger, 1);
  if (round === undefined) throw new Error("no round");
  expect(round.phase).toBe("settle");
  expect(round.settled.done).toBe(round.settled.of);
  expect(round.pairs.length).toBeGreaterThan(3);
  expect(round.pairs.map(({ outcome }) => outcome)).toEqual(round.pairs.map(() => "paid"));
  // Nobody marketed to a strict profile, and nobody paid less than a floor: the last request is below every floor.
  for (const { requester, ranges } of round.pairs)
    for (const { profile } of ranges)
      if ([labs[3]?.id, labs[4]?.id].includes(requester)) expect(profile).toBe(0);
  expect(round.pairs.some(({ requester }) => requester === labs[4]?.id)).toBe(false);
  // Each requester has exactly the units that it was given, and paid for each.
  for (const [i, lab] of labs.entries()) {
    const units = round.pairs
      .filter(({ requester }) => requester === lab.id)
      .reduce((sum, pair) => sum + pair.units, 0);
    const { study } = await lab.step(1);
    expect(study?.deliveries.reduce((sum, { count }) => sum + count, 0)).toBe(units);
    const { pricePerRecord, quota } = requests[i] as (typeof requests)[number];
    const price = Math.round(Number(pricePerRecord) * 100);
    const credit = await ledger.view({ type: "trade.credit", party: lab.id });
    expect(Number(credit)).toBe(quota * (price + 2) - units * price);
  }
  const escrow = await ledger.view({ type: "trade.escrow" });
  expect(escrow.held).toBe("0");
  expect(escrow.forfeited).toBe("0");
  const scores = await ledger.view({ type: "evaluation.scores" });
  expect(scores.length).toBe(new Set(round.pairs.map(({ site }) => site)).size);
  const audit = await auditExchange({ ledger, store, publications: [publication] });
  expect(audit.checks.filter(({ passed }) => !passed)).toEqual([]);
  expect(audit).toMatchObject({ passed: true, findings: [], undecided: [], blockingLots: 0 });
  expect(audit.contents).toBe(round.pairs.length);
  expect(sites.length).toBe(3);
});

test("a study estimates every attribute that was asked for", async () => {
  const world = await openWorld();
  await intend(world);
  await runRound(world);
  const { study } = (await world.labs[0]?.step(1)) ?? {};
  if (study === undefined) throw new Error("no study");
  for (const attribute of ["smoker", "bmi"]) {
    const { n, figures } = study.estimate(attribute);
    expect(n).toBeGreaterThan(0);
    for (const { interval, value } of figures) {
      expect(interval[0]).toBeLessThanOrEqual(value);
      expect(interval[1]).toBeGreaterThanOrEqual(value);
    }
  }
  expect(study.quality()).toBeGreaterThan(0);
  expect(study.cohort).toBeGreaterThan(0);
  expect(schema.attributes.length).toBe(5);
});

test("a step that is done twice does nothing twice, and says so", async () => {
  const world = await openWorld();
  await intend(world);
  const { ledger, windows, seeders, sites, labs } = world;
  for (const window of ["offer", "seed", "grant", "read", "release", "claim", "settle"] as const) {
    during(world, windows, window);
    for (const party of [...seeders, ...sites, ...labs]) await party.step(1);
    const before = (await ledger.checkpoint()).size;
    for (const party of [...seeders, ...sites, ...labs])
      expect((await party.step(1)).did).toEqual([]);
    expect((await ledger.checkpoint()).size).toBe(before);
  }
});

test("a party says what it has to do next, and when", async () => {
  const world = await openWorld();
  await intend(world);
  const { windows, sites, labs, seeders } = world;
  expect((await sites[0]?.step(1))?.next).toEqual({ what: "grant", at: windows.seed });
  expect((await labs[0]?.step(1))?.next).toEqual({ what: "read", at: windows.grant });
  expect((await seeders[0]?.step(1))?.next).toEqual({ what: "show the share", at: windows.offer });
  await runRound(world);
  for (const party of [...sites, ...labs, ...seeders])
    expect((await party.step(1)).next).toBeUndefined();
});

test("a round that nobody seeds is void, and everything goes back", async () => {
  const world = await openWorld();
  await intend(world);
  const { ledger, windows, sites, labs } = world;
  during(world, windows, "grant");
  for (const party of [...sites, ...labs]) await party.step(1);
  const escrow = await ledger.view({ type: "trade.escrow" });
  expect(escrow).toMatchObject({ held: "0", paid: "0", forfeited: "10000" }); // the two seeders' bonds
});

test("a request can be replaced and taken back while the offer window is open", async () => {
  const world = await openWorld();
  await intend(world);
  const [lab] = world.labs;
  await lab?.request({ ...(requests[0] as (typeof requests)[number]), round: 1, quota: 7 });
  const asked = async () =>
    (await readRound(world.ledger, 1))?.requests.find(({ requester }) => requester === lab?.id);
  expect((await asked())?.quota).toBe(7);
  expect((await lab?.withdraw(1))?.did).toEqual(["withdrew the request of round 1"]);
  expect(await asked()).toBeUndefined();
  expect(await ledgerSizeGrows(world, () => lab?.step(1))).toBe(false);
});

async function ledgerSizeGrows(world: Awaited<ReturnType<typeof openWorld>>, act: () => unknown) {
  const before = (await world.ledger.checkpoint()).size;
  await act();
  return (await world.ledger.checkpoint()).size > before;
}

test("a secret that is too short makes no party", async () => {
  const { siteOptions, labOptions } = await openWorld();
  const { publisherSite, requesterSite, seeder } = await import("@emrx/exchange");
  const short = { secret: new Uint8Array(31), memory: memoryStore() };
  const code = expect.objectContaining({ code: "EMRX_EXCHANGE_MEMORY" });
  expect(() =>
    publisherSite({ ...(siteOptions[0] as never as object), ...short } as never),
  ).toThrow(code);
  expect(() => requesterSite({ ...(labOptions[0] as never as object), ...short } as never)).toThrow(
    code,
  );
  expect(() => seeder({ ...(labOptions[0] as never as object), ...short } as never)).toThrow(code);
});
