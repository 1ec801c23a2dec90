// Admission in the demo: everybody has one token, and a second spending is refused on the ledger.
import { Writable } from "node:stream";
import { createGenesis, memoryLedger } from "@emrx/chain-adapter";
import type { Purpose } from "@emrx/chain-adapter/contracts";
import { createMemoryContentStore } from "@emrx/chain-adapter/payload";
import { defineMenus } from "@emrx/exchange";
import { defineSchema } from "@emrx/ldp-core";
import { expect, test } from "vitest";
import { chanceOf } from "../src/chance.js";
import { demoMenus } from "../src/population.js";
import { setUp } from "../src/set-up.js";
import { createStages } from "../src/stages.js";

const code = (expected: string) => expect.objectContaining({ code: expected }) as Error;

test("each site and requester gets one token; spent twice or by another it is refused on the ledger", async () => {
  const schema = defineSchema({
    id: "visit",
    version: 1,
    levels: { usual: "1" },
    attributes: { smoker: { type: "categorical", values: ["no", "yes"], level: "usual" } },
    disclose: "all",
  });
  const menus = defineMenus(schema, demoMenus(schema));
  const ledger = await memoryLedger({ genesis: createGenesis({ name: "set-up" }) });
  const common = { ledger, store: createMemoryContentStore(), schema, menus };
  const stages = createStages({
    output: new Writable({ write: (_chunk, _encoding, done) => done() }),
  });
  const options = { round: 1, patients: 3, requesters: 3, chance: chanceOf("set-up") };
  const { sites, labs, tokens, tokenOf } = await stages
    .run("set-up", (context) => setUp(common, options, context), { apart: true })
    .finally(() => stages.close());
  const parties = [...sites.map(({ site }) => site), ...labs].map(({ id }) => id);
  expect(parties).toHaveLength(6);
  expect(tokens).toBe(6);
  expect(new Set(parties.map((party) => tokenOf(party))).size).toBe(6);
  expect(() => tokenOf("00".repeat(32))).toThrow(/not registered/);

  const request = {
    round: 1,
    purpose: "HRESCH" as Purpose,
    weights: { smoker: 1 },
    tolerance: "0.05",
    pricePerRecord: "0.50",
    quota: 10,
  };
  const [first, second, third] = labs;
  if (!first || !second || !third) throw new Error("too few requesters");
  const spent = async () => (await ledger.view({ type: "trade.admission", round: 1 }))?.spent;
  await first.request({ ...request, token: tokenOf(first.id) });
  expect(await spent()).toBe(1);
  const again = second.request({ ...request, token: tokenOf(first.id) });
  await expect(again).rejects.toThrow(code("EMRX_TOKEN_SPENT"));
  const stolen = second.request({ ...request, token: tokenOf(third.id) });
  await expect(stolen).rejects.toThrow(code("EMRX_TOKEN_REFUSED"));
  await expect(second.request(request)).rejects.toThrow(code("EMRX_ADMISSION_REQUIRED"));
  expect(await spent()).toBe(1);
  // The refusals stand on the ledger, and cost the second requester nothing.
  await second.request({ ...request, token: tokenOf(second.id) });
  expect(await spent()).toBe(2);
  expect(await ledger.view({ type: "trade.requests", round: 1 })).toHaveLength(2);
});
