// What careless and hostile callers give a site or a requester: a typed error, before anything is written or spent.
import {
  auditExchange,
  type definePublication,
  openRound,
  publisherSite,
  requesterSite,
  seeder,
} from "@emrx/exchange";
import { defineSchema, type Store } from "@emrx/ldp-core";
import { expect, expectTypeOf, test } from "vitest";
import { during, openWorld, records, requests, type World } from "./world.js";

const world: World = await openWorld();
const [site, lab] = [world.sites[0], world.labs[0]];
const [siteOptions, labOptions] = [world.siteOptions[0], world.labOptions[0]];
if (!(site && lab && siteOptions && labOptions)) throw new Error("nobody");
const request = { ...(requests[0] as (typeof requests)[number]), round: 1 };
const size = async (): Promise<number> => (await world.ledger.checkpoint()).size;

const junk = [undefined, null, 0, 1.5, "1", [], () => 1, Symbol("x"), new Date(0)];
const wrong: readonly (readonly [string, () => Promise<unknown>])[] = [
  ...junk.flatMap((each): [string, () => Promise<unknown>][] => [
    [`offer(${String(each)})`, () => site.offer(each as never, { round: 1 })],
    [`offer(records, ${String(each)})`, () => site.offer(records(0), each as never)],
    [
      `withdraw(1, ${String(each)})`,
      () => site.withdraw(1, (Array.isArray(each) ? [1] : each) as never),
    ],
    [`revoke(1, ${String(each)})`, () => site.revoke(1, each as never)],
    [`request(${String(each)})`, () => lab.request(each as never)],
    ...[site.step, site.reports, lab.step, lab.withdraw].map(
      (call, i): [string, () => Promise<unknown>] => [
        `call ${i} of a round ${String(each)}`,
        async () => call(each as never),
      ],
    ),
  ]),
  ["a subject too few", () => site.offer({ ...records(0), subjects: ["a"] }, { round: 1 })],
  ["a member too many", () => site.offer({ ...records(0), cohort: 1 } as never, { round: 1 })],
  [
    "orStrcter",
    () =>
      site.offer(
        { ...records(0), choices: { ...records(0).choices, orStrcter: [] } as never },
        { round: 1 },
      ),
  ],
  ["onprogress", () => site.offer(records(0), { round: 1, onprogress: 1 } as never)],
  ["minWorth", () => lab.request({ ...request, minWorth: 5 } as never)],
  ["weights in a list", () => lab.request({ ...request, weights: ["smoker"] } as never)],
  ["a quota in quotes", () => lab.request({ ...request, quota: "30" } as never)],
];

test.each(wrong)("%s", async (_, call) => {
  const before = await size();
  const refused = await call().then(
    () => "nothing was thrown",
    (error: unknown) => error,
  );
  expect(refused).toMatchObject({
    name: "ExchangeError",
    code: expect.stringMatching(/^EMRX_EXCHANGE_/),
  });
  expect(String(refused)).not.toContain("patient 0/");
  expect(await size()).toBe(before);
});

test.each([
  ["publisherSite", publisherSite, siteOptions],
  ["requesterSite", requesterSite, labOptions],
] as const)("%s knows every option by its name only", (_, make, options) => {
  const named = {
    ...options,
    ...(make === publisherSite ? { rules: [], randomForTests: undefined } : {}),
  };
  for (const name of [...Object.keys(named), "clock", "party"]) {
    const { [name as never]: moved, ...rest } = named as Record<string, unknown>;
    const misspelt = { ...rest, [`${name}s`]: moved };
    expect(() => make(misspelt as never), name).toThrow(
      expect.objectContaining({ name: "ExchangeError" }),
    );
  }
});

test("a seeder takes what one set of options holds for all parties, and no other member", () => {
  expect(seeder(siteOptionsOfAll).id).toBe(site.id);
  expect(() => seeder({ ...siteOptionsOfAll, shares: 1 } as never)).toThrow(
    expect.objectContaining({ code: "EMRX_EXCHANGE_ARGUMENT" }),
  );
});
const { lifetimeBudget: _, randomForTests: __, ...siteOptionsOfAll } = siteOptions;

test("an audit and an opening know their options by their names only, so that no checkpoint is left out by mistake", async () => {
  const { ledger, store } = world;
  const audit = { ledger, store, publications: [] };
  const code = expect.objectContaining({ code: "EMRX_EXCHANGE_ARGUMENT" });
  const trustedCheckpoint = await ledger.checkpoint();
  expect(
    (await auditExchange({ ...audit, trustedCheckpoint })).ledger.checks.length,
  ).toBeGreaterThan(0);
  for (const wrong of [
    { ...audit, trustedCheckpont: trustedCheckpoint },
    { ...audit, trustedCheckpoint: { ...trustedCheckpoint, size: "3" } },
    { ...audit, publications: undefined },
    undefined,
  ])
    await expect(auditExchange(wrong as never)).rejects.toThrow(code);
  const { identity, publication } = siteOptions;
  const opening = { ledger, identity, publication, round: 2, windows: world.windows, seeders: [] };
  await expect(openRound({ ...opening, issuerkey: "00" } as never)).rejects.toThrow(code);
});

test("after the offer window nothing is debited, drawn or written down for an offer or a request; a retry only steps", async () => {
  const late = await openWorld();
  const [options, lateLab] = [late.siteOptions[0], late.labOptions[0]];
  if (!(options && lateLab)) throw new Error("nobody");
  let writes = 0;
  const counting = (memory: Store): Store => ({
    read: (keys) => memory.read(keys),
    write: (batch) => {
      writes++;
      return memory.write(batch);
    },
  });
  const other = publisherSite({ ...options, memory: counting(options.memory) });
  const asks = requesterSite({ ...lateLab, memory: counting(lateLab.memory) });
  await asks.request(request);
  const asked = writes;
  during(late, late.windows, "seed");
  const code = expect.objectContaining({ code: "EMRX_EXCHANGE_ROUND" });
  await expect(other.offer(records(0), { round: 1 })).rejects.toThrow(code);
  await expect(asks.request({ ...request, quota: request.quota + 1 })).rejects.toThrow(code);
  await expect(asks.withdraw(1)).rejects.toThrow(code);
  expect((await asks.request(request)).did).toEqual([]);
  expect(writes).toBe(asked);
});

test("weights and estimates know the attributes of the schema", () => {
  const schema = defineSchema({
    ...{ id: "visit", version: 1, levels: { usual: "1" }, disclose: "all" },
    attributes: { smoker: { type: "categorical", values: ["no", "yes"], level: "usual" } },
  });
  const made = (publication: ReturnType<typeof definePublication<(typeof schema)["json"]>>) =>
    requesterSite({ ...labOptions, publication });
  type Request = Parameters<ReturnType<typeof made>["request"]>[0];
  expectTypeOf<{ smoker: 1 }>().toExtend<Request["weights"]>();
  // @ts-expect-error no such attribute
  const misspelt: Request["weights"] = { smokes: 1 };
  expect(Object.keys(misspelt)).toEqual(["smokes"]);
});
