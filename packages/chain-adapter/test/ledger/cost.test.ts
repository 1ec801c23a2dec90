import { describe, expect, test } from "vitest";
import { type Call, createGenesis, type SignedCall } from "../../src/calls.js";
import { encodeCanonical } from "../../src/codec.js";
import { callCost, costReport, memoryLedger } from "../../src/ledger.js";
import * as actors from "../contracts/actors.js";
import * as w from "../contracts/world.js";
import { identity, sign } from "./helpers.js";

const opening = await w.open();

const costOf = async (call: Call) =>
  callCost(await sign({ id: w.ledger }, await identity(1), call));

describe("what a call costs", () => {
  test("its bytes are those of the log, and an entry takes one signature and four hashes", async () => {
    const signed = await sign({ id: w.ledger }, await identity(1), w.settle());
    expect(callCost(signed)).toEqual({
      bytes: encodeCanonical(signed).length,
      signatureChecks: 1,
      hashes: 4,
    });
  });

  test.each<[string, () => Call, number, number]>([
    ["a share opens a commitment", () => w.seed(0), 1, 5],
    ["a publication is hashed for its name", () => w.register, 1, 5],
    ["an opening brings its seeders' signatures", () => opening, 3, 4],
    [
      "a token is one more signature and one hash",
      () => ({ ...w.offer(), token: actors.tokenA }),
      2,
      5,
    ],
    ["in a request, too", () => ({ ...w.request(), token: actors.tokenA }), 2, 5],
    [
      "a rotation brings two signatures",
      () => ({ type: "identity.changeKey", name: w.siteA, change: actors.rotation }),
      3,
      4,
    ],
    [
      "a recovery shows the recovery key's hash, too",
      () => ({ type: "identity.changeKey", name: w.siteA, change: actors.rescue }),
      3,
      5,
    ],
    [
      "a batch costs what its calls cost, but one entry",
      () => ({
        type: "ledger.batch",
        calls: [
          w.seed(0) as never,
          { type: "identity.changeKey", name: w.siteA, change: actors.rescue },
        ],
      }),
      3,
      6,
    ],
    [
      "a claim costs a hash for each chunk that it shows and each of its path",
      () => ({
        type: "access.claim",
        round: 1,
        site: w.siteA,
        evidence: {
          kind: "chunk",
          chunks: Array(2).fill({ index: 0, ciphertext: "", key: w.hash(1), path: [w.hash(2)] }),
        },
      }),
      1,
      4 + 2 * (1 + 1),
    ],
  ])("%s", async (_, call, signatureChecks, hashes) => {
    expect(await costOf(call())).toMatchObject({ signatureChecks, hashes });
  });

  test("more in a call never costs less", async () => {
    const [one, two] = [await costOf(w.grant()), await costOf(w.grant(w.labX, w.labY))];
    expect(two.bytes).toBeGreaterThan(one.bytes);
    expect(two.hashes).toBeGreaterThanOrEqual(one.hashes);
  });
});

test("a report adds up a log by types of calls, refused ones among them", async () => {
  const ledger = await memoryLedger({ genesis: createGenesis({ name: "cost" }) });
  const site = await identity(1);
  const calls = [w.policy(), w.policy(), w.offer()];
  const signed: SignedCall[] = [];
  for (const call of calls) signed.push(await sign(ledger, site, call));
  await ledger.submitBatch(signed);
  const size = (at: number): number => encodeCanonical(signed[at]).length;
  expect(await costReport(ledger.entries())).toEqual([
    {
      type: "access.setPolicy",
      calls: 2,
      bytes: size(0) + size(1),
      signatureChecks: 2,
      hashes: 8,
    },
    { type: "trade.offer", calls: 1, bytes: size(2), signatureChecks: 1, hashes: 4 },
  ]);
});
