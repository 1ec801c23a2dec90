// From choices to lots: noisy counts once an epoch, and who sits out.
import { definePublication } from "@emrx/exchange";
import { type RandomSource, seededRandom } from "@emrx/ldp-core";
import { countNoise } from "@emrx/ldp-core/mechanisms";
import { fc, property } from "@emrx/testkit";
import { expect, test } from "vitest";
import { type Choices, seat } from "../src/sites/classes.js";
import { openNext, openWorld, publication, records, runRound, schema } from "./world.js";

const { document } = publication;
const secret = new Uint8Array(32).fill(7);
const scope = { domain: "test", round: 1, role: "publisher" };

const seats = (
  choices: Choices,
  epoch?: Record<string, number>,
  noise?: (key: string) => RandomSource,
) =>
  seat({
    ...{ publication: document, choices, rows: choices.profile.length, secret, scope, epoch },
    noise: noise ?? ((key) => seededRandom(key)),
  });

const choicesOf = (rows: readonly (readonly [number, number, number, number])[]): Choices => ({
  profile: Uint8Array.from(rows, ([profile]) => profile),
  floor: Uint8Array.from(rows, ([, floor]) => floor),
  buyers: Uint8Array.from(rows, ([, , buyers]) => buyers),
  orStricter: Uint8Array.from(rows, ([, , , or]) => or),
});

const bit = fc.nat(1);

property(
  "everybody who is in stands in one place, on terms no looser in anything than the chosen ones, in whole lots",
  [fc.array(fc.tuple(bit, bit, bit, bit), { minLength: 1, maxLength: 200 })],
  (rows) => {
    const choices = choicesOf(rows);
    const { classes, rows: taken, profiles, sitOut } = seats(choices);
    expect(new Set(taken).size).toBe(taken.length);
    expect(taken.length + sitOut).toBe(rows.length);
    let at = 0;
    for (const { profile, floor, buyers, lots } of classes)
      for (let i = 0; i < lots * document.lotSize; i++, at++) {
        const [own, ownFloor, ownBuyers, or] = rows[taken[at] as number] as (typeof rows)[number];
        expect(profiles[at]).toBe(profile);
        // Profile 1 is stricter than 0; a later floor is higher, an earlier number of buyers smaller.
        expect(profile).toBeGreaterThanOrEqual(own);
        expect(floor).toBeGreaterThanOrEqual(ownFloor);
        expect(buyers).toBeLessThanOrEqual(ownBuyers);
        if (or === 0) expect([profile, floor, buyers]).toEqual([own, ownFloor, ownBuyers]);
      }
    expect(at).toBe(taken.length);
  },
);

test("numbers of lots have the noise of the publication: (n - X) / lot size, rounded down", () => {
  const n = 100;
  const choices = choicesOf(Array.from({ length: n }, () => [0, 0, 0, 0] as const));
  const { epsilon, delta } = document.counts;
  const sampler = countNoise({ epsilon, delta });
  const seen = new Set<number>();
  for (let i = 0; i < 300; i++) {
    const x = sampler.draw(seededRandom(`draw ${i}`));
    const { classes } = seats(choices, undefined, () => seededRandom(`draw ${i}`));
    expect(classes[0]?.lots).toBe(Math.floor((n - x) / document.lotSize));
    seen.add(x);
  }
  expect(seen.size).toBeGreaterThan(1);
});

test("within an epoch neither joins nor new choices change a number of lots", () => {
  const rows = Array.from({ length: 100 }, () => [0, 0, 0, 0] as const);
  const first = seats(choicesOf(rows));
  const more = [...rows, ...rows, ...Array.from({ length: 50 }, () => [1, 1, 1, 0] as const)];
  const second = seats(choicesOf(more), first.lots);
  expect(second.classes).toEqual(first.classes);
  expect(second.lots).toMatchObject(first.lots);
});

test("a site that was made anew offers the numbers of its epoch, and other pseudonyms every round", async () => {
  const world = await openWorld();
  for (const [i, site] of world.sites.entries()) await site.offer(records(i), { round: 1 });
  await runRound(world);
  const windows = await openNext(world, 2);
  const { publisherSite, readRound } = await import("@emrx/exchange");
  for (const [i, options] of world.siteOptions.entries())
    await publisherSite(options).offer(records(i, 300), { round: 2 });
  const [one, two] = [await readRound(world.ledger, 1), await readRound(world.ledger, 2)];
  expect(two?.offers.map(({ classes }) => classes)).toEqual(
    one?.offers.map(({ classes }) => classes),
  );
  expect(two?.offers.map(({ root }) => root)).not.toEqual(one?.offers.map(({ root }) => root));
  expect(windows.offer).toBeGreaterThan(world.windows.claim);
});

test("choices that are not of the menus, and records that fill no lot, are refused before anything is spent", async () => {
  const world = await openWorld();
  const [site] = world.sites;
  const given = records(0);
  const code = expect.objectContaining({ code: "EMRX_EXCHANGE_OFFER" });
  for (const choices of [
    { ...given.choices, profile: new Uint8Array(63) },
    { ...given.choices, floor: new Uint8Array(64).fill(2) },
    { ...given.choices, orStricter: new Uint8Array(64).fill(2) },
    { ...given.choices, buyers: undefined as never },
  ])
    await expect(site?.offer({ ...given, choices }, { round: 1 })).rejects.toThrow(code);
  await expect(site?.offer(records(0, 9), { round: 1 })).rejects.toThrow(code);
  const round = expect.objectContaining({ code: "EMRX_EXCHANGE_ROUND" });
  await expect(site?.offer(given, { round: 7 })).rejects.toThrow(round);
});

test("parties take part only in rounds of the publication that they computed themselves", async () => {
  const world = await openWorld();
  const { publisherSite, requesterSite } = await import("@emrx/exchange");
  const other = definePublication(schema, {
    ...{ name: "others", profiles: [{ name: "all", preferences: {}, refuses: [] }] },
    ...{
      priceFloors: ["0"],
      buyers: [1],
      purposeCosts: {},
      exposureCost: "0",
      lotSize: 4,
      leastGroup: 4,
    },
    ...{
      chunk: { length: 4, withdrawn: 0 },
      limits: { sites: 1, lots: 10, requests: 1, price: "1" },
    },
    ...{
      bonds: { unit: "0", seeder: "0", opener: "0" },
      counts: { epsilon: "1", delta: "0.1", rounds: 1 },
    },
  });
  const code = expect.objectContaining({ code: "EMRX_EXCHANGE_PUBLICATION" });
  const [site, lab] = [world.siteOptions[0], world.labOptions[0]];
  if (site === undefined || lab === undefined) throw new Error("nobody");
  await expect(
    publisherSite({ ...site, publication: other }).offer(records(0), { round: 1 }),
  ).rejects.toThrow(code);
  await expect(
    requesterSite({ ...lab, publication: other }).request({
      ...{
        round: 1,
        purpose: "HRESCH",
        weights: { sex: 1 },
        tolerance: "0.1",
        pricePerRecord: "1",
        quota: 1,
      },
    }),
  ).rejects.toThrow(code);
});

test("a batch is compared with those of earlier rounds after a restart too", async () => {
  const world = await openWorld();
  const [options] = world.siteOptions;
  if (options === undefined) throw new Error("no site");
  const { buildBatch } = await import("@emrx/chain-adapter/payload");
  const { publisherSite } = await import("@emrx/exchange");
  const { keepOffer } = await import("../src/sites/offer-notes.js");
  const { notesIn } = await import("../src/ledger/notes.js");
  const { id } = publisherSite(options);
  const notes = notesIn(options.memory, world.ledger.id, id);
  // A site that kept, as its first round, a batch with the names and salts of its second.
  const reused = { ledger: world.ledger.id, site: id, round: 2, schemaHash: schema.hash };
  const batch = buildBatch({
    scope: reused,
    rootSecret: options.secret,
    patients: Uint32Array.of(0),
    profiles: Uint32Array.of(0),
    reports: { count: 1, bytes: Uint8Array.of(1), offsets: Uint32Array.of(0, 1) },
  });
  await keepOffer(notes, 1, { classes: [], subjects: ["patient"], batch, moved: 0, sitOut: 0 });
  await notes.writeJson("rounds", [1]);
  await openNext(world, 2);
  await expect(publisherSite(options).offer(records(0), { round: 2 })).rejects.toThrow(
    expect.objectContaining({ code: "EMRX_EXCHANGE_LINKABLE" }),
  );
});
