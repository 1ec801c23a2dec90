// What clients see of a log on three nodes while these are killed, paused and cut off, and once all killed together: nothing
// acknowledged is lost or doubled, no read is behind an acknowledgement, and every small history can have happened one
// operation after the other.
import type { OrderedLog } from "@emrx/chain-adapter/ledger";
import {
  isLinearizable,
  type LogInput,
  type LogOutput,
  logModel,
  type Operation,
} from "@emrx/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { later, makeTrouble, NODES, turns, unavailable } from "./cluster.js";
import { type System, systems } from "./systems.js";

const reason = unavailable === undefined ? "" : ` (skipped: ${unavailable})`;
const SECONDS = Number(process.env["EMRX_CLUSTER_SECONDS"] ?? 30);
const encode = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

type Step = Operation<LogInput, LogOutput>;

async function contents(log: OrderedLog): Promise<string[]> {
  const found: string[] = [];
  for await (const { bytes } of log.read(0, await log.size()))
    found.push(new TextDecoder().decode(bytes));
  return found;
}

/** Carries an operation out and writes down when, and what was answered if anything was. */
async function step(log: OrderedLog, input: LogInput, history: Step[]): Promise<void> {
  const invoked = performance.now();
  const ask = async (): Promise<LogOutput> => {
    if (input.type === "append") return log.append(input.values.map(encode));
    return input.type === "size" ? log.size() : contents(log);
  };
  try {
    const output = await ask();
    history.push({ input, invoked, returned: performance.now(), output });
  } catch (error) {
    expect(error).toMatchObject({ code: "EMRX_STORAGE" });
    history.push({ input, invoked });
  }
}

/** What a long history must keep to, given what stands in the log at its end; each breach in words. */
export function breaches(history: readonly Step[], final: readonly string[]): string[] {
  const found: string[] = [];
  const places = new Map<string, number>();
  for (const [at, value] of final.entries()) {
    if (places.has(value)) found.push(`${value} stands at ${places.get(value)} and at ${at}`);
    places.set(value, at);
  }
  const begun = new Map<string, Step>();
  for (const operation of history) {
    if (operation.input.type !== "append") continue;
    for (const [i, value] of operation.input.values.entries()) {
      begun.set(value, operation);
      const at = places.get(value);
      if (operation.returned === undefined) continue;
      if (at === undefined) found.push(`${value} was acknowledged and is lost`);
      else if (at !== (operation.output as number) + i)
        found.push(`${value} stands at ${at}, not where it was said`);
    }
  }
  for (const value of final) if (!begun.has(value)) found.push(`nobody appended ${value}`);
  // In the order of time: what is answered is never behind what was answered before it was asked.
  const answers = history
    .filter(({ returned }) => returned !== undefined)
    .map(({ input, invoked, returned, output }) => {
      const upTo =
        input.type === "append"
          ? (output as number) + input.values.length
          : input.type === "size"
            ? (output as number)
            : (output as readonly string[]).length;
      return { type: input.type, invoked, returned: returned as number, upTo, output };
    });
  for (const later of answers) {
    for (const earlier of answers) {
      if (earlier.returned >= later.invoked) continue;
      const least = later.type === "append" ? (later.output as number) : later.upTo;
      if (least < earlier.upTo)
        found.push(
          `${later.type} answered ${least}, behind ${earlier.upTo} that an ${earlier.type} had answered before`,
        );
    }
    if (
      later.type === "read" &&
      (later.output as readonly string[]).some((value, at) => final[at] !== value)
    )
      found.push("a read differs from the log in the end");
    const possible = final
      .slice(0, later.upTo)
      .every((value) => (begun.get(value)?.invoked ?? 0) < later.returned);
    if (!possible) found.push(`${later.type} saw what had not been begun`);
  }
  return found;
}

test("the judge of long histories finds loss, doubling, staleness, wrong places and foreign entries", () => {
  const append = (value: string, invoked: number, returned: number, output: number): Step => ({
    input: { type: "append", values: [value] },
    ...{ invoked, returned, output },
  });
  const size = (invoked: number, returned: number, output: number): Step => ({
    input: { type: "size" },
    ...{ invoked, returned, output },
  });
  expect(breaches([append("a", 0, 1, 0), size(2, 3, 1)], ["a"])).toEqual([]);
  expect(breaches([append("a", 0, 1, 0)], [])).toEqual(["a was acknowledged and is lost"]);
  expect(breaches([append("a", 0, 1, 0)], ["a", "a"])[0]).toBe("a stands at 0 and at 1");
  expect(breaches([append("a", 0, 1, 1), append("b", 0, 1, 1)], ["a", "b"])[0]).toMatch(
    /a stands at 0, not/,
  );
  expect(breaches([append("a", 0, 1, 0), size(2, 3, 0)], ["a"])[0]).toMatch(
    /size answered 0, behind 1/,
  );
  expect(breaches([append("a", 2, 3, 0), size(0, 1, 1)], ["a"]).join()).toMatch(
    /saw what had not been begun/,
  );
  expect(breaches([], ["x"])).toEqual(["nobody appended x"]);
});

describe.skipIf(unavailable !== undefined).each(Object.entries(systems))(
  `%s on three nodes${reason}`,
  (name, start) => {
    let system: System;
    const logs: OrderedLog[] = [];
    const open = async (log: string): Promise<OrderedLog> => {
      const opened = await system.open(log);
      logs.push(opened);
      return opened;
    };
    beforeAll(async () => {
      system = await start();
    }, 60_000);
    afterAll(async () => {
      await Promise.all(logs.map((log) => log.close()));
      await system.stop();
    }, 60_000);

    test("nothing acknowledged is lost or doubled, and no read is stale", async () => {
      await system.create("long");
      const clients = await Promise.all(NODES.map(() => open("long")));
      const history: Step[] = [];
      const inTurn = turns();
      const troubles = makeTrouble(system.cluster, inTurn);
      let stop = false;
      const work = Promise.all(
        clients.map(async (log, client) => {
          for (let i = 0; !stop; i++) {
            const values = Array.from({ length: 1 + (i % 3) }, (_, j) => `${client}.${i}.${j}`);
            await step(log, { type: "append", values }, history);
            if (i % 4 === client) await step(log, { type: "size" }, history);
            if (i % 40 === 10 * client) await step(log, { type: "read" }, history);
            await later(10);
          }
        }),
      );
      try {
        await Promise.race([work, later((SECONDS * 1000) / 2)]);
        // All at once: what was acknowledged is on their disks, or in what the system keeps for them.
        await inTurn(async () => {
          await Promise.all(NODES.map((node) => system.cluster.kill(node)));
          for (const node of NODES) system.cluster.start(node);
          await later(3000);
        });
        await Promise.race([work, later((SECONDS * 1000) / 2)]);
        stop = true;
        await work;
      } finally {
        await troubles.end();
      }
      const final = await contents(await open("long"));
      const acknowledged = history.filter(
        ({ input, returned }) => input.type === "append" && returned !== undefined,
      );
      const entries = acknowledged.reduce(
        (sum, { input }) => sum + (input.type === "append" ? input.values.length : 0),
        0,
      );
      const unknown = history.filter(({ returned }) => returned === undefined).length;
      console.info(
        `${name}: ${JSON.stringify(troubles.done)}, all three killed once, ${history.length} operations, ${entries} entries ` +
          `acknowledged, ${final.length} in the log, ${unknown} operations without an answer`,
      );
      expect(breaches(history, final)).toEqual([]);
      expect(final.length).toBeGreaterThanOrEqual(entries);
      expect(entries).toBeGreaterThan(100);
    }, 240_000);

    test("every small history can have happened one operation after the other", async () => {
      const troubles = makeTrouble(system.cluster);
      const rounds = Math.max(4, Math.floor(SECONDS / 3));
      let operations = 0;
      for (let round = 0; round < rounds; round++) {
        const log = `small${round}`;
        await system.create(log);
        const history: Step[] = [];
        await Promise.all(
          NODES.map(async (client) => {
            const own = await open(log);
            for (let i = 0; i < 5; i++) {
              const kind = (i + client + round) % 3;
              const values = [`${client}.${i}`];
              const input: LogInput =
                kind === 0 ? { type: "append", values } : { type: kind === 1 ? "size" : "read" };
              await step(own, i === 0 ? { type: "append", values } : input, history);
              await later(((round * 7 + client * 13 + i * 5) % 10) * 20);
            }
          }),
        );
        operations += history.length;
        expect(isLinearizable(history, logModel), JSON.stringify(history)).toBe(true);
      }
      await troubles.end();
      console.info(
        `${name}: ${rounds} histories of ${operations / rounds} operations, ${JSON.stringify(troubles.done)}`,
      );
    }, 240_000);
  },
);
