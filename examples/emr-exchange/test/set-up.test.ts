// Admission in the demo: everybody has one token, and another's is refused on the ledger.
import { Writable } from "node:stream";
import { createGenesis, createIdentity, memoryLedger } from "@emrx/chain-adapter";
import { createMemoryContentStore } from "@emrx/chain-adapter/payload";
import { definePublication, evenWindows, readRound } from "@emrx/exchange";
import { defineSchema } from "@emrx/ldp-core";
import { expect, test } from "vitest";
import { chanceOf } from "../src/chance.js";
import { memories } from "../src/participants.js";
import { demoPublication } from "../src/population.js";
import { setUp } from "../src/set-up.js";
import { createStages } from "../src/stages.js";

const code = (expected: string) => expect.objectContaining({ code: expected }) as Error;

test("each site and requester gets one token; of another it is refused on the ledger", async () => {
  const schema = defineSchema({
    id: "visit",
    version: 1,
    levels: { usual: "1" },
    attributes: { smoker: { type: "categorical", values: ["no", "yes"], level: "usual" } },
    disclose: "all",
  });
  const publication = definePublication(schema, demoPublication(schema, 60, 3));
  const ledger = await memoryLedger({ genesis: createGenesis({ name: "set-up" }) });
  const store = createMemoryContentStore();
  const common = { ledger, store, publication, clock: Date.now };
  const stages = createStages({
    output: new Writable({ write: (_chunk, _encoding, done) => done() }),
  });
  const options = {
    ...{ round: 1, windows: evenWindows(Date.now(), 3_600_000), opener: await createIdentity() },
    ...{ patients: 60, requesters: 3, chance: chanceOf("set-up"), liar: undefined },
    kept: memories(undefined),
  };
  const { sites, labs, tokens, tokenOf } = await stages
    .run("set-up", (context) => setUp(common, options, context), { apart: true })
    .finally(() => stages.close());
  const parties = [...sites.map(({ site }) => site), ...labs].map(({ id }) => id);
  expect(parties).toHaveLength(4);
  expect(tokens).toBe(4);
  expect(new Set(parties.map((party) => tokenOf(party))).size).toBe(4);
  expect(() => tokenOf("00".repeat(32))).toThrow(/not registered/);

  const request = {
    round: 1,
    purpose: "HRESCH" as const,
    weights: { smoker: 1 },
    tolerance: "0.05",
    pricePerRecord: "0.50",
    quota: 10,
  };
  const [first, second, third] = labs;
  if (!first || !second || !third) throw new Error("too few requesters");
  const admitted = async () => (await readRound(ledger, 1))?.admitted;
  await first.request({ ...request, token: tokenOf(first.id) });
  expect(await admitted()).toEqual([first.id]);
  const again = second.request({ ...request, token: tokenOf(first.id) });
  await expect(again).rejects.toThrow(code("EMRX_TOKEN_REFUSED"));
  const stolen = second.request({ ...request, token: tokenOf(third.id) });
  await expect(stolen).rejects.toThrow(code("EMRX_TOKEN_REFUSED"));
  await expect(second.request(request)).rejects.toThrow(code("EMRX_ADMISSION_REQUIRED"));
  // The refusals stand on the ledger, and cost the second requester nothing.
  await second.request({ ...request, token: tokenOf(second.id) });
  expect(await admitted()).toEqual([first.id, second.id].sort());
});
