// The cases: what a store must keep so that no budget is spent twice and no report leaves unpaid.
import type { Store } from "../stores/store.js";
import {
  bytesOf,
  type CaseContext,
  entry,
  notConforming,
  type StoreCaseText,
  stands,
  writes,
} from "./case.js";

/** Keys as they occur, and as they should not hurt. */
const keys: readonly string[] = [
  "account/patient 7",
  "account/",
  "",
  "account/Ångström é 日本 👩‍⚕️",
  "account/%00 ' \" \\ ; --",
  `profile/${"0123456789abcdef".repeat(2)}/${"x".repeat(600)}`,
];

const a = bytesOf(1);
const b = bytesOf(2, 2);

export const storeCases: readonly StoreCaseText[] = [
  {
    number: 1,
    title: "what was written is read back, whatever key and bytes",
    async run({ store }) {
      const contents: { [key: string]: Uint8Array<ArrayBuffer> } = {};
      for (const [i, key] of keys.entries())
        contents[key] = Uint8Array.from({ length: i * 100 }, (_, at) => at * 7 + i);
      await writes(
        store,
        Object.entries(contents).map(([key, bytes]) => entry(key, undefined, bytes)),
        true,
        "a first write of several entries",
      );
      await stands(store, contents, "after a write of several entries");
    },
  },
  {
    number: 2,
    title: "a key that was never written has no entry, and similar keys are different ones",
    async run({ store }) {
      await writes(store, [entry("key", undefined, a)], true, "a first write");
      const others = ["KEY", "key ", " key", "key\u0000", "ke", "keyé"];
      await stands(
        store,
        Object.fromEntries([["key", a], ...others.map((key) => [key, undefined] as const)]),
        "after a write under another key",
      );
    },
  },
  {
    number: 3,
    title: "a write that expects something else changes nothing and says so",
    async run({ store }) {
      await writes(store, [entry("key", undefined, a)], true, "a first write");
      await writes(store, [entry("key", undefined, b)], false, "a write that expects no entry");
      await writes(store, [entry("key", b, b)], false, "a write that expects other bytes");
      await writes(store, [entry("key", bytesOf(1, 0), b)], false, "a write that expects a prefix");
      await writes(store, [entry("none", a, b)], false, "a write that expects an entry");
      await stands(store, { key: a, none: undefined }, "after writes that expect something else");
      await writes(store, [entry("key", a, b)], true, "a write that expects what stands there");
      await stands(store, { key: b }, "after a write that expects what stands there");
    },
  },
  {
    number: 4,
    title: "a write of several entries is whole or nothing, wherever the wrong one stands",
    async run({ store }) {
      await writes(store, [entry("m", undefined, a)], true, "a first write");
      for (const wrong of [0, 1, 2]) {
        const batch = ["k", "l", "n"].map((key) => entry(key, undefined, b));
        batch.splice(wrong, 0, entry("m", undefined, b));
        await writes(store, batch, false, `a batch whose entry ${wrong} expects something else`);
        await stands(
          store,
          { k: undefined, l: undefined, m: a, n: undefined },
          `after a batch that was refused for its entry ${wrong}`,
        );
      }
    },
  },
  {
    number: 5,
    title: "of several writes at once that expect the same, one succeeds",
    run: ({ store }) => race([store, store, store, store]),
  },
  {
    number: 6,
    title: "of several clients that write at once and expect the same, one succeeds",
    needs: "another",
    async run(context) {
      const { store } = context;
      const other = await another(context);
      await race([store, other, store, other]);
    },
  },
  {
    number: 7,
    title: "clients that read, add one and write lose no step of one another",
    needs: "another",
    async run(context) {
      const clients = [context.store, await another(context), context.store];
      const steps = 12;
      const count = async (store: Store): Promise<void> => {
        for (let done = 0, attempt = 0; done < steps; attempt++) {
          if (attempt > 5000) throw notConforming("a client could not write in 5,000 attempts");
          const [before] = await store.read(["count"]);
          const next = bytesOf((before?.[0] ?? 0) + 1);
          if (await store.write([entry("count", before, next)])) done++;
        }
      };
      await Promise.all(clients.map(count));
      await stands(
        context.store,
        { count: bytesOf(steps * clients.length) },
        `after ${clients.length} clients counted ${steps} steps each`,
      );
    },
  },
  {
    number: 8,
    title: "a client reads what another's acknowledged write left",
    needs: "another",
    async run(context) {
      const other = await another(context);
      await stands(other, { key: undefined }, "before any write, read by a second client");
      let before: Uint8Array<ArrayBuffer> | undefined;
      for (let i = 1; i <= 5; i++) {
        await writes(context.store, [entry("key", before, bytesOf(i))], true, `write ${i}`);
        before = bytesOf(i);
        await stands(other, { key: before }, `after write ${i} of the first client, by a second`);
      }
    },
  },
  {
    number: 9,
    title: "what was acknowledged is there after a restart",
    needs: "reopen",
    async run(context) {
      await writes(context.store, [entry("key", undefined, a)], true, "a first write");
      await writes(
        context.store,
        [entry("key", a, b), entry("other", undefined, a)],
        true,
        "a second write",
      );
      const again = context.opened(
        (await context.harness.reopen?.(context.store)) ?? context.store,
      );
      await stands(again, { key: b, other: a }, "after a restart");
      await writes(again, [entry("key", undefined, a)], false, "a write that expects no entry");
    },
  },
  {
    number: 10,
    title: "a write that fails rejects, and leaves the entries as before or as written, together",
    needs: "failNext",
    async run(context) {
      const { store, harness } = context;
      await writes(store, [entry("k", undefined, a), entry("l", undefined, a)], true, "a write");
      harness.failNext?.(store);
      const answer: unknown = await store.write([entry("k", a, b), entry("l", a, b)]).then(
        (acknowledged) => acknowledged,
        () => "rejected",
      );
      if (answer !== "rejected")
        throw notConforming(
          `a write whose disk or connection failed answered ${String(answer)}; it must reject`,
        );
      const after =
        harness.reopen === undefined ? store : context.opened(await harness.reopen(store));
      const [k, l] = await after.read(["k", "l"]);
      if (k?.length !== l?.length || k === undefined)
        throw notConforming(
          "after a write that failed, one of its entries stands and the other not",
        );
    },
  },
  {
    number: 11,
    title: "arrays are copied on the way in and on the way out",
    async run({ store }) {
      const bytes = bytesOf(1, 2, 3);
      const written = store.write([entry("key", undefined, bytes)]);
      await written;
      bytes.fill(9);
      const [found] = await store.read(["key"]);
      found?.fill(8);
      await stands(
        store,
        { key: bytesOf(1, 2, 3) },
        "after the caller changed the arrays that it gave and got",
      );
    },
  },
  {
    number: 12,
    title: "a write of 8,192 entries is atomic, too; an empty one succeeds",
    async run({ store }) {
      await writes(store, [], true, "a write of no entries");
      const many = Array.from({ length: 8192 }, (_, i) =>
        entry(`account/${i}`, undefined, bytesOf(i & 255, i >>> 8)),
      );
      await writes(store, [...many, entry("account/0x", a, a)], false, "8,193 entries, one wrong");
      await stands(store, { "account/0": undefined, "account/8191": undefined }, "after that");
      await writes(store, many, true, "8,192 entries");
      const found = await store.read(many.map(({ key }) => key));
      for (const [i, { key, bytes }] of many.entries())
        if (found[i]?.[0] !== bytes[0] || found[i]?.[1] !== bytes[1])
          throw notConforming(`after a write of 8,192 entries, ${key} is missing or another's`);
    },
  },
  {
    number: 13,
    title: "entries may be of a mebibyte",
    async run({ store }) {
      const large = Uint8Array.from({ length: 1 << 20 }, (_, i) => (i * 31) >>> 3);
      await writes(store, [entry("large", undefined, large)], true, "an entry of a mebibyte");
      await writes(store, [entry("large", large.slice(0, -1), a)], false, "a wrong expectation");
      await stands(store, { large }, "after a write of a mebibyte");
    },
  },
];

async function another({ harness, store, opened }: CaseContext): Promise<Store> {
  return opened((await harness.another?.(store)) ?? store);
}

/** Writes by several clients at once that expect no entry: one of them, and what it wrote stands. */
async function race(clients: readonly Store[]): Promise<void> {
  for (let round = 0; round < 8; round++) {
    const key = `race ${round}`;
    const answers = await Promise.all(
      clients.map((client, i) =>
        client.write([
          entry(key, undefined, bytesOf(i)),
          entry(`${key} too`, undefined, bytesOf(i)),
        ]),
      ),
    );
    const winners = answers.flatMap((won, i) => (won ? [i] : []));
    const [winner] = winners;
    if (winner === undefined || winners.length > 1)
      throw notConforming(
        `${winners.length} of ${clients.length} writes at once that expect no entry were acknowledged, expected one`,
      );
    for (const client of new Set(clients))
      await stands(
        client,
        { [key]: bytesOf(winner), [`${key} too`]: bytesOf(winner) },
        `after writes at once, of which number ${winner} was acknowledged`,
      );
  }
}
