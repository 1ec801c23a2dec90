import { auditLedger, createIdentity } from "@emrx/chain-adapter";
import { createTokenIssuer, type Token } from "@emrx/chain-adapter/blind-tokens";
import { auditExchange } from "@emrx/exchange";
import { openRound } from "@emrx/exchange/rounds";
import { admissionToken } from "@emrx/exchange/sites";
import { bytesToHex } from "@noble/hashes/utils.js";
import { beforeAll, describe, expect, test } from "vitest";
import { type Admission, checkAdmissions, readAdmissions } from "../src/sites/admission.js";
import {
  choicesFor,
  deliverAll,
  type Market,
  match,
  menus,
  openMarket,
  records,
  requests,
  schema,
  subjectsOf,
} from "./fixture.js";

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
  const tokenFor = (party: string): Promise<Token> =>
    admissionToken({
      ledger,
      round: 2,
      party,
      issue: (blinded) => issuer.issue(party, blinded),
    });
  await expect(tokenFor(site.id)).rejects.toThrow(code("EMRX_EXCHANGE_ROUND"));
  expect(issuer.issued).toBe(0);
  await openRound({ ledger, operator, round: 2, issuerKey });
  const offer = (of: typeof site, number: number) =>
    of.randomize({
      round: 2,
      table: records(number),
      subjects: subjectsOf(number),
      choices: choicesFor(number),
    });
  await expect(site.publish(await offer(site, 0))).rejects.toThrow(code("EMRX_ADMISSION_REQUIRED"));
  const token = await tokenFor(site.id);
  await expect(tokenFor(site.id)).rejects.toThrow(code("EMRX_TOKEN_ISSUED"));
  await site.publish(await offer(site, 0), { token });
  await expect(other.publish(await offer(other, 1), { token })).rejects.toThrow(
    code("EMRX_TOKEN_SPENT"),
  );
  const labs = await tokenFor(lab.id);
  const stolen = other.publish(await offer(other, 1), { token: labs });
  await expect(stolen).rejects.toThrow(code("EMRX_TOKEN_REFUSED"));
  await expect(lab.request({ ...request, round: 2 })).rejects.toThrow(
    code("EMRX_ADMISSION_REQUIRED"),
  );
  await lab.request({ ...request, round: 2, token: labs });
  expect(await ledger.view({ type: "trade.admission", round: 2 })).toMatchObject({ spent: 2 });
  const late = openRound({ ledger, operator: await createIdentity(), round: 1, issuerKey });
  await expect(late).rejects.toThrow(code("EMRX_ROUND_STARTED"));
});

describe("the audit", () => {
  let market: Market;
  let admissions: Admission[];
  let outcomes: Awaited<ReturnType<typeof auditLedger>>["replay"]["outcomes"];

  beforeAll(async () => {
    market = await openMarket({ issuer: await createTokenIssuer() });
    await deliverAll(market, await match(market));
    const log = await auditLedger(market.ledger);
    admissions = await readAdmissions(market.ledger, log);
    outcomes = log.replay.outcomes;
  });

  /** What the check says of other admissions than those of the log. */
  const judged = (
    altered: readonly Admission[],
    others: Partial<{ outcomes: typeof outcomes }> = {},
  ) => checkAdmissions(market.ledger.id, 1, { outcomes: others.outcomes ?? outcomes }, altered);
  const changed = (at: number, change: Partial<Admission>): Admission[] =>
    admissions.map((admission, i) => (i === at ? { ...admission, ...change } : admission));

  test("verifies the token of everybody who took part", async () => {
    const { ledger, store } = market;
    const result = await auditExchange({ ledger, store, schema, menus, leafProofs: 30 });
    expect(result.checks.filter(({ passed }) => !passed)).toEqual([]);
    const found = result.checks.find(({ name }) => name.includes("spent a token"));
    expect(found?.detail).toMatch(/^8 tokens verified .*, 8 admissions$/); // 3 sites, 5 requesters
  });

  test("has one check more where the round has an issuer key, and none of tokens where it has not", async () => {
    const plain = await openMarket();
    await deliverAll(plain, await match(plain));
    const options = { schema, menus, leafProofs: 30 };
    const without = await auditExchange({ ...options, ledger: plain.ledger, store: plain.store });
    const names = without.checks.map(({ name }) => name);
    expect(names.filter((name) => name.includes("token"))).toEqual([]);
    const tokens = await auditExchange({ ...options, ledger: market.ledger, store: market.store });
    expect(tokens.checks.map(({ name }) => name).filter((name) => !names.includes(name))).toEqual([
      "round 1: everybody in it spent a token of its issuer, and none twice",
    ]);
  });

  test("finds a token that was spent twice, is missing, is another's or is none", () => {
    expect(judged(admissions)[0]?.passed).toBe(true);
    const [first, second] = admissions;
    if (first === undefined || second === undefined) throw new Error("nobody was admitted");
    for (const [altered, message] of [
      [[...admissions, first], /a second time/],
      [changed(1, { token: undefined }), /no token/],
      [changed(1, { token: first.token }), /no token/],
      [changed(1, { party: first.party }), /no token/],
      [
        changed(1, { token: second.token?.replace(/.$/, (digit) => (digit === "0" ? "1" : "0")) }),
        /no token/,
      ],
      [changed(1, { token: "00" }), /no token/],
      [changed(1, { index: 1 }), /before the issuer key/],
    ] as const) {
      const [check] = judged(altered);
      expect(check?.passed).toBe(false);
      expect(check?.detail).toMatch(message);
    }
  });

  test("finds tokens of another issuer, and a second issuer key", async () => {
    const { publicKey } = await createTokenIssuer();
    const opened = (issuerKey: string) =>
      outcomes.map((outcome) =>
        outcome.kind === "accepted" && outcome.events[0]?.type === "trade.roundOpened"
          ? { ...outcome, events: [{ ...outcome.events[0], issuerKey }] }
          : outcome,
      );
    const other = opened(bytesToHex(publicKey));
    expect(judged(admissions, { outcomes: other })[0]?.passed).toBe(false);
    const twice = [...outcomes, ...outcomes.slice(0, 2)];
    expect(judged(admissions, { outcomes: twice })[0]?.detail).toMatch(/2 issuer keys/);
  });
});
