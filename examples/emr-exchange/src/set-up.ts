// What is there before the clock starts: everybody's keys, the round opened with an issuer's key on the ledger, and an
// admission token for each who will take part. The issuer knows who is registered: sites and requesters, one slot each.
import type { Identity } from "@emrx/chain-adapter";
import { createTokenIssuer, generateIssuerKey } from "@emrx/chain-adapter/blind-tokens";
import type { Windows } from "@emrx/chain-adapter/calls";
import { nativeRsa } from "@emrx/chain-adapter/file";
import { openRound, type RequesterSite, type Seeder } from "@emrx/exchange";
import { admissionToken } from "@emrx/exchange/sites";
import type { Chance } from "./chance.js";
import { cheats, findsNothing, keepsNothing } from "./cheats.js";
import {
  type Common,
  type DemoSite,
  type Memories,
  makeLabs,
  makeSeeders,
  makeSites,
} from "./participants.js";
import type { StageContext } from "./stages.js";

/** Who takes part in a round, and by what they are let in. */
export interface Participants {
  readonly sites: readonly DemoSite[];
  readonly labs: readonly RequesterSite[];
  readonly seeders: readonly Seeder[];
  /** The token of a site or requester, by its name. */
  tokenOf(party: string): string;
  /** How many tokens were issued. */
  readonly tokens: number;
}

/** Makes sites, requesters and seeders, opens the round, and gets everybody a token. */
export async function setUp(
  common: Common,
  options: {
    readonly round: number;
    readonly windows: Windows;
    readonly opener: Identity;
    readonly patients: number;
    readonly requesters: number;
    readonly chance: Chance;
    readonly kept: Memories;
    /** The number of the requester that lies, where some cheat. */
    readonly liar: number | undefined;
  },
  { progress }: StageContext,
): Promise<Participants> {
  const { ledger, publication, store } = common;
  const { round, windows, opener } = options;
  const sites = await makeSites(common, {
    ...options,
    storeOf: (i) =>
      options.liar !== undefined && i === cheats.uploadsNothing ? keepsNothing(store) : store,
  });
  const labs = await makeLabs(common, {
    ...options,
    storeOf: (i) => (i === options.liar ? findsNothing(store) : store),
  });
  const seeders = await makeSeeders(common, options.chance);
  const issuer = await createTokenIssuer({ key: await generateIssuerKey(), operation: nativeRsa });
  const terms = { round, windows, issuerKey: Buffer.from(issuer.publicKey).toString("hex") };
  const consents = seeders.map((one) => one.consent({ ...terms, publication: publication.hash }));
  await openRound({
    ...{ ledger, publication, identity: opener, ...terms },
    seeders: await Promise.all(consents),
  });
  const registered = [...sites.map(({ site }) => site), ...labs].map(({ id }) => id);
  const tokens = new Map<string, string>();
  for (const [i, party] of registered.entries()) {
    progress(i, registered.length);
    const issue = (blinded: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> =>
      issuer.issue(party, blinded);
    tokens.set(party, await admissionToken({ ledger, round, party, issue }));
  }
  return {
    ...{ sites, labs, seeders, tokens: issuer.issued },
    tokenOf(party) {
      const token = tokens.get(party);
      if (token === undefined) throw new Error(`${party} is not registered`);
      return token;
    },
  };
}
