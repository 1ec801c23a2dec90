// Debits of one atomic write, and the bytes of an account as the format's description lays them down.
import { expect, test } from "vitest";
import { type AccountLine, accountLines, appendLines } from "../../src/accounting/account.js";
import {
  AccountTransaction,
  accountKey,
  remainingOf,
  spentOn,
} from "../../src/accounting/transaction.js";
import { memoryStore, type Store } from "../../src/index.js";
import { expectError } from "../schema/example.js";

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
  const asked = { reads: [] as string[], writes: [] as string[][] };
  const store: Store = {
    get(key) {
      asked.reads.push(key);
      return inner.get(key);
    },
    set(entries) {
      const all = [...entries];
      asked.writes.push(all.map(([key]) => key));
      inner.set(all);
    },
  };
  return { store, asked };
}

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

test("an account that is cut off says where", () => {
  const bytes = appendLines(undefined, [line("1", Uint8Array.of(9), Uint8Array.of(8, 8))]);
  // version, 1 "1", 1 "n", 1 9, 4 bytes of length, 8 8
  expect(bytes).toHaveLength(13);
  for (const [end, says] of [
    [2, "a field is cut off at byte 2"],
    [3, "a length is cut off at byte 3"],
    [4, "a field is cut off at byte 4"],
    [7, "a length is cut off at byte 7"],
    [10, "a length is cut off at byte 7"],
    [12, "a field is cut off at byte 11"],
  ] as const)
    expectError(() => accountLines(bytes.slice(0, end)), "EMRX_STORE_DAMAGED", says);
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

test("accounts are numbered as they are opened, and each is read once", () => {
  const { store, asked } = counted();
  const transaction = new AccountTransaction(store, "5");
  expect(["a", "b", "a", "c"].map((subject) => transaction.open(subject))).toEqual([0, 1, 0, 2]);
  expect(asked.reads).toEqual(["a", "b", "c"].map(accountKey));
  for (const wrong of ["", 7, undefined])
    expectError(() => transaction.open(wrong as string), "EMRX_BAD_PARAMETER", "subject");
  transaction.commit();
  expect(asked.writes).toEqual([]); // nothing was bought
});

test("debits add up within a transaction and with what is stored; one that is too much changes nothing", () => {
  const { store, asked } = counted();
  const first = new AccountTransaction(store, "1");
  const ann = first.open("ann");
  first.debit(ann, "0.6");
  first.record(ann, line("0.6"));
  expectError(
    () => first.debit(ann, "0.5"),
    "EMRX_BUDGET_EXHAUSTED",
    '"ann"',
    "0.5 asked, 0.4 left",
  );
  first.debit(ann, "0.4");
  first.record(ann, line("0.4"));
  const bob = first.open("bob");
  first.debit(bob, "1");
  first.record(bob, line("1"));
  first.alsoWrite("other", Uint8Array.of(5));
  expect(asked.writes).toEqual([]);
  first.commit();
  expect(asked.writes).toEqual([["other", "account/ann", "account/bob"]]);
  expect(store.get("other")).toEqual(Uint8Array.of(5));

  const second = new AccountTransaction(store, "2");
  const again = second.open("ann");
  expectError(
    () => second.debit(again, "1.1"),
    "EMRX_BUDGET_EXHAUSTED",
    "1 left of a lifetime budget of 2",
  );
  second.debit(again, "0.25");
  second.record(again, line("0.25"));
  second.open("bob");
  second.commit();
  expect(asked.writes.at(-1)).toEqual(["account/ann"]); // bob bought nothing
  expect(accountLines(store.get("account/ann")).map(({ amount }) => amount)).toEqual([
    "0.6",
    "0.4",
    "0.25",
  ]);
});

test("the same debit of many accounts is worked out once and holds for each", () => {
  const transaction = new AccountTransaction(memoryStore(), "2");
  for (let i = 0; i < 100; i++) {
    const account = transaction.open(`${i}`);
    for (const amount of ["0.5", "1", "0.5"]) transaction.debit(account, amount);
    expectError(
      () => transaction.debit(account, "0.5"),
      "EMRX_BUDGET_EXHAUSTED",
      `"${i}"`,
      "0 left",
    );
  }
});

test("lines may be made when they are written, account by account", () => {
  const { store, asked } = counted();
  const transaction = new AccountTransaction(store, "3");
  for (const subject of ["a", "b", "c"]) transaction.debit(transaction.open(subject), "1");
  transaction.commit((account) => (account === 1 ? [] : [line("1", Uint8Array.of(account))]));
  expect(asked.writes).toEqual([["account/a", "account/c"]]);
  expect(accountLines(store.get("account/c"))).toEqual([line("1", Uint8Array.of(2))]);
});

test("memoized answers are found by their fingerprint, oldest first, and only once they are stored", () => {
  const store = memoryStore();
  const [x, y] = [Uint8Array.of(1, 2), Uint8Array.of(1, 3)];
  const first = new AccountTransaction(store, "9");
  const ann = first.open("ann");
  for (const [fingerprint, answer] of [
    [x, 10],
    [y, 20],
    [x, 30],
  ] as const) {
    first.debit(ann, "1");
    first.record(ann, line("1", fingerprint, Uint8Array.of(answer)));
  }
  expect(first.memoized(ann, x)).toBeUndefined();
  expect(first.answers(ann, x)).toEqual([]);
  first.commit();
  const second = new AccountTransaction(store, "9");
  const again = second.open("ann");
  expect(second.answers(again, x)).toEqual([Uint8Array.of(10), Uint8Array.of(30)]);
  expect(second.memoized(again, y)).toEqual(Uint8Array.of(20));
  expect(second.memoized(again, Uint8Array.of(1))).toBeUndefined();
  expect(second.memoized(again, Uint8Array.of(1, 2, 0))).toBeUndefined();
});

test("a line that does not fit is refused before anything is written", () => {
  const { store, asked } = counted();
  const transaction = new AccountTransaction(store, "9");
  const ann = transaction.open("ann");
  transaction.debit(ann, "1");
  const note = "x".repeat(256);
  expectError(
    () => transaction.record(ann, { ...line("1"), note }),
    "EMRX_BAD_PARAMETER",
    "256 bytes",
  );
  expect(asked.writes).toEqual([]);
});

test("another entry alone is written, too", () => {
  const { store, asked } = counted();
  const transaction = new AccountTransaction(store, "9");
  transaction.alsoWrite("state", Uint8Array.of(1));
  transaction.commit();
  expect(asked.writes).toEqual([["state"]]);
});
