// Debits of one atomic write, and the bytes of an account as the format's description lays them down.
import { expect, test } from "vitest";
import { type AccountLine, accountLines, appendLines } from "../../src/accounting/account.js";
import {
  AccountTransaction,
  accountKey,
  remainingOf,
  spentOn,
  transact,
} from "../../src/accounting/transaction.js";
import { memoryStore, type Store } from "../../src/index.js";
import { expectError, expectRejection } from "../expect-error.js";

const none = new Uint8Array(0);
const line = (amount: string, fingerprint = none, answer = none): AccountLine => ({
  amount,
  note: "n",
  fingerprint,
  answer,
});

/** A store that counts what it is asked. */
function counted() {
  const inner = memoryStore();
  const asked = { reads: [] as string[][], writes: [] as string[][] };
  const store: Store = {
    read(keys) {
      asked.reads.push([...keys]);
      return inner.read(keys);
    },
    write(writes) {
      asked.writes.push(writes.map(({ key }) => key));
      return inner.write(writes);
    },
  };
  return { store, asked };
}

const begin = (memory: Store, lifetimeBudget: string, subjects: string[], keys: string[] = []) =>
  AccountTransaction.begin({ memory, lifetimeBudget, subjects, keys });

const amounts = async (store: Store, subject: string) =>
  accountLines((await store.read([accountKey(subject)]))[0]).map(({ amount }) => amount);

test("an account, byte by byte", () => {
  const long = new Uint8Array(300).fill(7);
  const bytes = appendLines(undefined, [
    { amount: "0.5", note: "é", fingerprint: Uint8Array.of(1, 2), answer: long },
    { amount: "12", note: "", fingerprint: none, answer: none },
  ]);
  const text = (value: string) => [...new TextEncoder().encode(value)];
  expect([...bytes]).toEqual([
    1,
    ...[3, ...text("0.5"), 2, ...text("é"), 2, 1, 2, 300 & 255, 300 >> 8, 0, 0, ...long],
    ...[2, ...text("12"), 0, 0, 0, 0, 0, 0],
  ]);
  expect(accountLines(bytes).map(({ amount, note }) => [amount, note])).toEqual([
    ["0.5", "é"],
    ["12", ""],
  ]);
  expect(accountLines(undefined)).toEqual([]);
  expect(appendLines(undefined, [])).toEqual(Uint8Array.of(1));
});

test("an account that is cut off is damaged, at every byte", () => {
  const bytes = appendLines(undefined, [line("1", Uint8Array.of(9), Uint8Array.of(8, 8))]);
  // version, 1 "1", 1 "n", 1 9, 4 bytes of length, 8 8
  expect(bytes).toHaveLength(13);
  for (let end = 2; end < 13; end++)
    expectError(() => accountLines(bytes.slice(0, end)), "EMRX_STORE_DAMAGED", "account");
  expect(accountLines(bytes.slice(0, 1))).toEqual([]);
});

test("more different texts than are remembered read back all the same", () => {
  const lines = Array.from({ length: 100 }, (_, i) => ({
    ...line(`${1 + i}`),
    note: `note ${i % 40}`,
  }));
  for (let round = 0; round < 2; round++)
    expect(accountLines(appendLines(undefined, lines))).toEqual(lines);
});

test("what is spent, and what is left", () => {
  expect(spentOn([])).toBe("0");
  expect(spentOn([line("0.1")])).toBe("0.1");
  expect(spentOn([line("0.1"), line("0.2")])).toBe("0.3");
  expect([remainingOf("1", "0.3"), remainingOf("1", "1"), remainingOf("1", "1.5")]).toEqual([
    "0.7",
    "0",
    "0",
  ]);
});

test("accounts are numbered in order, and all are read at once, each once", async () => {
  const { store, asked } = counted();
  const transaction = await begin(store, "5", ["a", "b", "a", "c"], ["other"]);
  expect(["a", "b", "a", "c"].map((subject) => transaction.account(subject))).toEqual([0, 1, 0, 2]);
  expect(asked.reads).toEqual([["a", "b", "c"].map(accountKey), ["other"]]);
  expect(await transaction.commit()).toBe(true);
  expect(asked.writes).toEqual([]); // nothing was bought
});

test("debits add up within a transaction and with what is stored; one that is too much changes nothing", async () => {
  const { store, asked } = counted();
  const first = await begin(store, "1", ["ann", "bob"], ["other"]);
  const ann = first.account("ann");
  first.debit(ann, "0.6", "row 0");
  first.record(ann, line("0.6"));
  expectError(
    () => first.debit(ann, "0.5", "row 1"),
    "EMRX_BUDGET_EXHAUSTED",
    "row 1",
    "0.5 asked, 0.4 left",
  );
  expect(first.tryDebit(ann, "0.5")).toBe(false);
  first.debit(ann, "0.4", "row 2");
  first.record(ann, line("0.4"));
  const bob = first.account("bob");
  expect(first.tryDebit(bob, "1")).toBe(true);
  first.record(bob, line("1"));
  first.change("other", Uint8Array.of(5));
  expect(asked.writes).toEqual([]);
  expect(await first.commit()).toBe(true);
  expect(asked.writes).toEqual([["other", "account/ann", "account/bob"]]);
  expect((await store.read(["other"]))[0]).toEqual(Uint8Array.of(5));

  const second = await begin(store, "2", ["ann", "bob"]);
  const again = second.account("ann");
  expectError(
    () => second.debit(again, "1.1", "x"),
    "EMRX_BUDGET_EXHAUSTED",
    "1 left of a lifetime budget of 2",
  );
  second.debit(again, "0.25", "x");
  second.record(again, line("0.25"));
  await second.commit();
  expect(asked.writes.at(-1)).toEqual(["account/ann"]); // bob bought nothing
  expect(await amounts(store, "ann")).toEqual(["0.6", "0.4", "0.25"]);
});

test("a transaction goes on after a commit, on what it wrote", async () => {
  const store = memoryStore();
  const transaction = await begin(store, "3", ["a"]);
  for (const amount of ["1", "0.5"]) {
    transaction.debit(0, amount, "x");
    transaction.record(0, line(amount));
    expect(await transaction.commit()).toBe(true);
  }
  expect(transaction.tryDebit(0, "1.6")).toBe(false);
  expect(await amounts(store, "a")).toEqual(["1", "0.5"]);
});

test("the same debit of many accounts is worked out once and holds for each", async () => {
  const subjects = Array.from({ length: 100 }, (_, i) => `${i}`);
  const transaction = await begin(memoryStore(), "2", subjects);
  for (const subject of subjects) {
    const account = transaction.account(subject);
    for (const amount of ["0.5", "1", "0.5"]) transaction.debit(account, amount, "x");
    expectError(() => transaction.debit(account, "0.5", "x"), "EMRX_BUDGET_EXHAUSTED", "0 left");
  }
});

test("memoized answers are found by their fingerprint, oldest first, and only once they are stored", async () => {
  const store = memoryStore();
  const [x, y] = [Uint8Array.of(1, 2), Uint8Array.of(1, 3)];
  const first = await begin(store, "9", ["ann"]);
  for (const [fingerprint, answer] of [
    [x, 10],
    [y, 20],
    [x, 30],
  ] as const) {
    first.debit(0, "1", "x");
    first.record(0, line("1", fingerprint, Uint8Array.of(answer)));
  }
  expect(first.memoized(0, x)).toBeUndefined();
  expect(first.answers(0, x)).toEqual([]);
  await first.commit();
  const second = await begin(store, "9", ["ann"]);
  expect(second.answers(0, x)).toEqual([Uint8Array.of(10), Uint8Array.of(30)]);
  expect(second.memoized(0, y)).toEqual(Uint8Array.of(20));
  expect(second.memoized(0, Uint8Array.of(1))).toBeUndefined();
  expect(second.memoized(0, Uint8Array.of(1, 2, 0))).toBeUndefined();
});

test("a line that does not fit is refused before anything is written", async () => {
  const { store, asked } = counted();
  const transaction = await begin(store, "9", ["ann"]);
  transaction.debit(0, "1", "x");
  const note = "x".repeat(256);
  expectError(
    () => transaction.record(0, { ...line("1"), note }),
    "EMRX_BAD_PARAMETER",
    "256 bytes",
  );
  expect(asked.writes).toEqual([]);
});

test("two transactions that read the same cannot both commit; work that loses is done again on what the other left", async () => {
  const store = memoryStore();
  const [first, second] = [await begin(store, "1", ["a"]), await begin(store, "1", ["a"])];
  for (const transaction of [first, second]) {
    transaction.debit(0, "1", "x");
    transaction.record(0, line("1"));
  }
  expect([await first.commit(), await second.commit()]).toEqual([true, false]);
  expect(await amounts(store, "a")).toEqual(["1"]);

  let attempts = 0;
  const start = { memory: store, lifetimeBudget: "3", subjects: ["a"] };
  const pay = (amount: string) =>
    transact(start, (transaction) => {
      attempts++;
      transaction.debit(0, amount, "x");
      transaction.record(0, line(amount));
      return amount;
    });
  expect(await Promise.all([pay("0.5"), pay("0.25"), pay("0.125")])).toEqual([
    "0.5",
    "0.25",
    "0.125",
  ]);
  expect(attempts).toBeGreaterThan(3);
  expect((await amounts(store, "a")).sort()).toEqual(["0.125", "0.25", "0.5", "1"]);
});

test("who always comes too late is told so, and spends nothing", async () => {
  const store: Store = {
    read: async (keys) => keys.map(() => undefined),
    write: async () => false,
  };
  await expectRejection(
    () =>
      transact({ memory: store, lifetimeBudget: "1", subjects: ["a"] }, (transaction) =>
        transaction.change("k", none),
      ),
    "EMRX_STORE_BUSY",
    "nothing was spent",
  );
});
