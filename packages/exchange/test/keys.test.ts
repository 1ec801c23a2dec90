// A site and a requester that go over to other keys in the middle of a round, and a round that needs admission.
import { createIdentity } from "@emrx/chain-adapter";
import { createTokenIssuer } from "@emrx/chain-adapter/blind-tokens";
import { partyId } from "@emrx/chain-adapter/identity";
import { evenWindows, openRound, publisherSite, readRound, requesterSite } from "@emrx/exchange";
import { admissionToken, announceKeys, replaceKey } from "@emrx/exchange/sites";
import { expect, test } from "vitest";
import { intend, openWorld, publication, records, requests, runRound } from "./world.js";

const identityOf = (byte: number) => createIdentity({ secretKey: new Uint8Array(32).fill(byte) });
const code = (expected: string) => expect.objectContaining({ code: expected }) as Error;

test("a site and a requester whose keys were replaced go on under their names, and the old keys act for nobody", async () => {
  const world = await openWorld();
  const { ledger } = world;
  await intend(world);
  const [site, lab] = [world.siteOptions[0], world.labOptions[0]];
  if (site === undefined || lab === undefined) throw new Error("nobody");
  const [oldSite, oldLab] = [partyId(site.identity), partyId(lab.identity)];
  for (const [i, { identity }] of [site, lab].entries()) {
    const safe = await identityOf(200 + i);
    await announceKeys({ ledger, identity, recoveryKey: safe });
    await replaceKey({
      ledger,
      party: partyId(identity),
      authority: identity,
      next: await identityOf(210 + i),
    });
  }
  world.sites[0] = publisherSite({ ...site, identity: await identityOf(210), party: oldSite });
  world.labs[0] = requesterSite({ ...lab, identity: await identityOf(211), party: oldLab });
  await runRound(world);
  const round = await readRound(ledger, 1);
  expect(round?.pairs.filter(({ outcome }) => outcome !== "paid")).toEqual([]);
  expect(round?.pairs.some((pair) => pair.site === oldSite)).toBe(true);
  expect(round?.pairs.some((pair) => pair.requester === oldLab)).toBe(true);
  await expect(
    replaceKey({
      ledger,
      party: "99".repeat(32),
      authority: site.identity,
      next: await identityOf(3),
    }),
  ).rejects.toThrow(code("EMRX_EXCHANGE_LEDGER"));
});

test("a round with an issuer key admits those who bring a token of their own, once for all replacements", async () => {
  const world = await openWorld({ sites: 1, labs: 1 });
  const { ledger, clock, seeders, sites, labs } = world;
  const issuer = await createTokenIssuer();
  const windows = evenWindows(clock.now, 1000);
  const issuerKey = Buffer.from(issuer.publicKey).toString("hex");
  const terms = { round: 2, publication: publication.hash, windows, issuerKey };
  await openRound({
    ...{ ledger, identity: await identityOf(99), publication, round: 2, windows, issuerKey },
    seeders: await Promise.all(seeders.map((one) => one.consent(terms))),
  });
  const [site, lab] = [sites[0], labs[0]];
  if (site === undefined || lab === undefined) throw new Error("nobody");
  const token = (party: string): Promise<string> =>
    admissionToken({ ledger, round: 2, party, issue: (blinded) => issuer.issue(party, blinded) });
  await expect(site.offer(records(0), { round: 2 })).rejects.toThrow(
    code("EMRX_ADMISSION_REQUIRED"),
  );
  const request = { ...(requests[0] as (typeof requests)[number]), round: 2 };
  await expect(lab.request({ ...request, token: await token(site.id) })).rejects.toThrow(
    code("EMRX_TOKEN_REFUSED"),
  );
  await lab.request({ ...request, token: await token(lab.id) });
  await lab.request({ ...request, quota: 5 });
  const round = await readRound(ledger, 2);
  expect(round?.admitted).toEqual([lab.id]);
  expect(round?.requests.map(({ quota }) => quota)).toEqual([5]);
});
