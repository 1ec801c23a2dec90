// What is there before the clock starts: everybody's keys, the round opened with an issuer's key on the ledger, and an
// admission token for each who will take part. The issuer knows who is registered: sites and requesters, one slot each.
import { createIdentity, type Identity } from "@emrx/chain-adapter";
import { createTokenIssuer, generateIssuerKey, type Token } from "@emrx/chain-adapter/blind-tokens";
import { nativeRsa } from "@emrx/chain-adapter/file";
import type { RequesterSite } from "@emrx/exchange";
import { openRound } from "@emrx/exchange/rounds";
import { admissionToken } from "@emrx/exchange/sites";
import { bytesFrom, type Chance } from "./chance.js";
import { type Common, type DemoSite, makeLab, makeSites } from "./participants.js";
import type { StageContext } from "./stages.js";

/** Who takes part in a round, and by what they are let in. */
export interface Participants {
  readonly sites: readonly DemoSite[];
  readonly labs: readonly RequesterSite[];
  readonly operator: Identity;
  /** The token of a site or requester, by its name. */
  tokenOf(party: string): Token;
  /** How many tokens were issued. */
  readonly tokens: number;
}

/** Makes sites and requesters, opens the round, and gets everybody a token. */
export async function setUp(
  common: Common,
  options: {
    readonly round: number;
    readonly patients: number;
    readonly requesters: number;
    readonly chance: Chance;
  },
  { progress }: StageContext,
): Promise<Participants> {
  const { ledger } = common;
  const { round, patients, requesters, chance } = options;
  const operator = await createIdentity({ secretKey: bytesFrom(chance.secret("operator"), 32) });
  const sites = await makeSites(common, patients, chance);
  const labs: RequesterSite[] = [];
  for (let i = 0; i < requesters; i++)
    labs.push(await makeLab(common, chance.secret(`requester/${i}`)));

  const issuer = await createTokenIssuer({
    key: await generateIssuerKey(),
    operation: nativeRsa,
  });
  await openRound({ ledger, operator, round, issuerKey: issuer.publicKey });
  const registered = [...sites.map(({ site }) => site), ...labs].map(({ id }) => id);
  const tokens = new Map<string, Token>();
  for (const [i, party] of registered.entries()) {
    progress(i, registered.length);
    const issue = (blinded: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> =>
      issuer.issue(party, blinded);
    tokens.set(party, await admissionToken({ ledger, round, party, issue }));
  }
  return {
    sites,
    labs,
    operator,
    tokens: issuer.issued,
    tokenOf(party) {
      const token = tokens.get(party);
      if (token === undefined) throw new Error(`${party} is not registered`);
      return token;
    },
  };
}
