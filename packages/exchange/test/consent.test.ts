// Patients who change their mind, grants that are ended, and what opens afterwards.
import { contentIdOfHash, unwrapKey } from "@emrx/chain-adapter/payload";
import { publisherSite, readRound } from "@emrx/exchange";
import { hexToBytes } from "@noble/hashes/utils.js";
import { expect, test } from "vitest";
import { during, intend, openWorld, runRound, type World } from "./world.js";

async function until(world: World, window: Parameters<typeof during>[2]): Promise<void> {
  for (const each of ["offer", "seed", "grant", "read", "release", "claim"] as const) {
    during(world, world.windows, each);
    if (each === window) return;
    for (const party of [...world.seeders, ...world.sites, ...world.labs]) await party.step(1);
  }
}

const pairsOf = async (world: World) => (await readRound(world.ledger, 1))?.pairs ?? [];

test("a grant that is revoked before its release is not paid, and nothing of it opens or stays", async () => {
  const world = await openWorld();
  await intend(world);
  await until(world, "release");
  const [site] = world.sites;
  const bad = (await pairsOf(world)).find((pair) => pair.site === site?.id);
  if (bad?.grant === undefined) throw new Error("nothing granted");
  const { did } = (await site?.revoke(1, bad.requester)) ?? { did: [] };
  expect(did[0]).toBe("revoked 1 grants in round 1");
  const id = contentIdOfHash(hexToBytes(bad.grant.root));
  expect(await world.store.has(id)).toBe(false);
  await runRound(world);
  const pairs = await pairsOf(world);
  for (const pair of pairs) {
    const same = pair.site === bad.site && pair.requester === bad.requester;
    expect(pair.outcome).toBe(same ? "revoked" : "paid");
    expect(pair.wrappedKey === undefined).toBe(same);
  }
});

test("a site made anew from its memory revokes as well", async () => {
  const world = await openWorld();
  await intend(world);
  await until(world, "read");
  const [options] = world.siteOptions;
  if (options === undefined) throw new Error("no site");
  const again = publisherSite(options);
  const bad = (await pairsOf(world)).find((pair) => pair.site === again.id);
  await again.revoke(1, bad?.requester ?? "");
  expect(
    (await pairsOf(world)).find(
      (pair) => pair.requester === bad?.requester && pair.site === again.id,
    )?.revoked,
  ).toBe("before");
});

test("a revocation after the release: paid, and what was released stays released", async () => {
  const world = await openWorld();
  await intend(world);
  await until(world, "claim");
  const [site] = world.sites;
  const bad = (await pairsOf(world)).find((pair) => pair.site === site?.id);
  await site?.revoke(1, bad?.requester ?? "");
  await runRound(world);
  const after = (await pairsOf(world)).find(
    (pair) => pair.site === site?.id && pair.requester === bad?.requester,
  );
  expect(after).toMatchObject({ revoked: "after", outcome: "paid" });
});

test("a patient who withdraws before the grants is left out, up to the publication's rows a chunk", async () => {
  const world = await openWorld();
  await intend(world);
  await until(world, "grant");
  const [site] = world.sites;
  await site?.withdraw(1, ["patient 0/0", "patient 0/1"]);
  await runRound(world);
  let [withdrawn, left] = [0, 0];
  for (const lab of world.labs) {
    const { study } = await lab.step(1);
    for (const delivery of study?.deliveries ?? []) {
      if (delivery.site === site?.id) withdrawn += delivery.withdrawn;
      else left += delivery.withdrawn;
    }
  }
  expect(left).toBe(0);
  const ungranted = (await pairsOf(world)).filter(({ outcome }) => outcome === "ungranted");
  // Either a row was left out, or both stood in one chunk and the pair was not granted, or nobody had bought them.
  expect(withdrawn + ungranted.length).toBeGreaterThan(0);
  for (const pair of await pairsOf(world))
    if (pair.site !== site?.id) expect(pair.outcome).toBe("paid");
});

test("a patient who withdraws after the grants ends every grant with the report that is not released", async () => {
  const world = await openWorld();
  await intend(world);
  await until(world, "release");
  const [site] = world.sites;
  const before = (await pairsOf(world)).filter((pair) => pair.site === site?.id);
  await site?.withdraw(
    1,
    Array.from({ length: 64 }, (_, i) => `patient 0/${i}`),
  );
  const after = (await pairsOf(world)).filter((pair) => pair.site === site?.id);
  expect(after.map(({ revoked }) => revoked)).toEqual(before.map(() => "before"));
  for (const { grant } of after)
    expect(await world.store.has(contentIdOfHash(hexToBytes(grant?.root ?? "")))).toBe(false);
  // Its requester has the content since it read: a key that was only sent, in a call that is refused, opens it, too.
  const released: string[] = [];
  for await (const { bytes } of world.ledger.entries()) {
    const text = new TextDecoder().decode(bytes);
    if (text.includes('"access.release"')) released.push(text);
  }
  expect(released).toEqual([]);
});

test("what a site wrapped opens for nobody but the requester that was permitted", async () => {
  const world = await openWorld();
  await intend(world);
  await runRound(world);
  const round = await readRound(world.ledger, 1);
  for (const pair of round?.pairs ?? []) {
    const { site, requester, grant, wrappedKey = "" } = pair;
    const facts = {
      ledger: world.ledger.id,
      round: 1,
      site,
      requester,
      root: grant?.root ?? "",
      wrappedKey,
    };
    await expect(unwrapKey(facts, new Uint8Array(32).fill(150))).rejects.toThrow(
      expect.objectContaining({ code: "EMRX_BUNDLE_LOCKED" }),
    );
  }
});
