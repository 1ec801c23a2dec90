import { createIdentity, createTokenIssuer, requestToken, type Token } from "@emrx/chain-adapter";
import { openRound } from "@emrx/exchange";
import { hexToBytes } from "@noble/hashes/utils.js";
import { expect, test } from "vitest";
import { choicesFor, openMarket, records, requests, subjectsOf } from "./fixture.js";

const code = (expected: string) => expect.objectContaining({ code: expected }) as Error;

test("a round with an issuer key takes one token for each batch and each request", async () => {
  const market = await openMarket();
  const { ledger, operator } = market;
  const [site, other, lab] = [market.sites[0], market.sites[1], market.labs[0]];
  const request = requests[0];
  if (site === undefined || other === undefined || lab === undefined || request === undefined)
    throw new Error("an empty market");
  const issuer = await createTokenIssuer();
  const { publicKey: issuerKey } = issuer;
  const tokenFor = async (party: string): Promise<Token> => {
    const scope = { ledger: ledger.id, round: 2, issuerKey, holder: hexToBytes(party) };
    const asked = requestToken(scope);
    return asked.finish(await issuer.issue(party, asked.blinded));
  };
  await openRound({ ledger, operator, round: 2, issuerKey });
  const offer = (of: typeof site, number: number) =>
    of.randomize({
      round: 2,
      table: records(number),
      subjects: subjectsOf(number),
      choices: choicesFor(number),
    });
  await expect(site.publish(offer(site, 0))).rejects.toThrow(code("EMRX_ADMISSION_REQUIRED"));
  const token = await tokenFor(site.id);
  await site.publish(offer(site, 0), { token });
  await expect(other.publish(offer(other, 1), { token })).rejects.toThrow(code("EMRX_TOKEN_SPENT"));
  const labs = await tokenFor(lab.id);
  const stolen = other.publish(offer(other, 1), { token: labs });
  await expect(stolen).rejects.toThrow(code("EMRX_TOKEN_REFUSED"));
  await expect(lab.request({ ...request, round: 2 })).rejects.toThrow(
    code("EMRX_ADMISSION_REQUIRED"),
  );
  await lab.request({ ...request, round: 2, token: labs });
  expect(await ledger.view({ type: "trade.admission", round: 2 })).toMatchObject({ spent: 2 });
  const late = openRound({ ledger, operator: await createIdentity(), round: 1, issuerKey });
  await expect(late).rejects.toThrow(code("EMRX_ROUND_STARTED"));
});
