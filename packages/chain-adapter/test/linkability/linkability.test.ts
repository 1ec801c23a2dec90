import {
  type Batch,
  buildBatch,
  findLinkability,
  linkRounds,
  type PublicView,
  secretOrder,
} from "@emrx/chain-adapter";
import { describe, expect, test } from "vitest";

const PATIENTS = 2000;
const rootSecret = new Uint8Array(32).fill(77);

/** Open choices of each patient: 4 profiles x 3 prices x 2 numbers of buyers, fixed over the rounds, all common. */
const commonChoice = (patient: number): number => (patient * 7919) % 24;

interface Habits {
  readonly round?: number;
  readonly salts?: "own" | "reused";
  readonly shuffled?: boolean;
  readonly choice?: (patient: number) => number;
}

function publish(round: number, habits: Habits = {}): { view: PublicView; order: Uint32Array } {
  const scope = { domain: "trial/st-mary", round: habits.round ?? round, role: "publisher" };
  const order =
    habits.shuffled === false
      ? Uint32Array.from({ length: PATIENTS }, (_, i) => i)
      : secretOrder(rootSecret, scope, PATIENTS);
  const offsets = Uint32Array.from({ length: PATIENTS + 1 }, (_, i) => i * 4);
  const bytes = new Uint8Array(PATIENTS * 4);
  for (const [row, patient] of order.entries())
    new DataView(bytes.buffer).setUint32(row * 4, patient * 31);
  const reports = { count: PATIENTS, bytes, offsets };
  const fixed = { schemaHash: new Uint8Array(32), rootSecret, consent: new Uint8Array(32) };
  const batch: Batch = buildBatch({ ...fixed, scope, patients: order, reports });
  const choices = order.map(habits.choice ?? commonChoice);
  const { count, root, pseudonyms, leaves, salts } = batch;
  return { view: { count, root, pseudonyms, leaves, choices, salts }, order };
}

const truthOf = (first: Uint32Array, second: Uint32Array): number[] => {
  const rows = new Map([...second.entries()].map(([row, patient]) => [patient, row]));
  return [...first].map((patient) => rows.get(patient) ?? -1);
};

/** Advantage of a reader of ledger and store, and of a buyer who opened everything. */
function measure(habits: Habits): { reader: number; buyer: number; kinds: string[] } {
  const [first, second] = [publish(1, habits), publish(2, habits)];
  const open = ({ salts: _, ...view }: PublicView): PublicView => view;
  const before = first.view;
  if (habits.salts === "reused") {
    // The second round's batch with the first round's salt for every patient.
    const salts = new Uint8Array(PATIENTS * 32);
    const rows = truthOf(second.order, first.order);
    for (const [row, from] of rows.entries()) {
      salts.set((first.view.salts as Uint8Array).subarray(from * 32, from * 32 + 32), row * 32);
    }
    second.view = { ...second.view, salts };
  }
  const truth = truthOf(first.order, second.order);
  return {
    reader: linkRounds(open(before), open(second.view), truth).advantage,
    buyer: linkRounds(before, second.view, truth).advantage,
    kinds: [...new Set(findLinkability(second.view, [before]).map(({ kind }) => kind))],
  };
}

describe("linking a patient's offers across two rounds of 2,000 patients", () => {
  // Keys are fixed, so every figure is the same in every run. Chance finds 1 in 2,000. With 24 combinations of open
  // choices, an attacker who knows only these finds 24 in 2,000: that is what the menus give away.
  test("shipped defaults: what the menus say, and no more; nothing is found to refuse", () => {
    const { reader, buyer, kinds } = measure({});
    expect(reader).toBeLessThan(0.02);
    expect(buyer).toBe(reader);
    expect(kinds).toEqual([]);
  });

  test("one choice for all: nothing above chance", () => {
    const { reader, kinds } = measure({ choice: () => 0 });
    expect(Math.abs(reader)).toBeLessThan(0.003);
    expect(kinds).toEqual([]);
  });

  test("a root used again links everybody, and is refused", () => {
    const { reader, kinds } = measure({ round: 1 });
    expect(reader).toBeGreaterThan(0.99);
    expect(kinds).toEqual(
      expect.arrayContaining(["reused-root", "reused-pseudonym", "reused-leaf"]),
    );
  });

  test("salts used again link everybody for a buyer, and are refused", () => {
    const { reader, buyer, kinds } = measure({ salts: "reused" });
    expect(reader).toBeLessThan(0.02);
    expect(buyer).toBeGreaterThan(0.99);
    expect(kinds).toEqual(["reused-salt"]);
  });

  test("a price of one's own links everybody who has one, and is refused", () => {
    const { reader, kinds } = measure({ choice: (patient) => patient });
    expect(reader).toBeGreaterThan(0.99);
    expect(kinds).toContain("rare-choice");
  });

  test("a rare level vector links those who have it, and is refused", () => {
    const rare = (patient: number): number => (patient % 400 === 0 ? 99 : commonChoice(patient));
    // Five patients share it: an attacker finds one in five, against 1 in 2,000 by chance. Over 20 pairs of rounds.
    const rounds = Array.from({ length: 21 }, (_, round) => publish(round, { choice: rare }));
    let found = 0;
    for (const [i, first] of rounds.slice(0, -1).entries()) {
      const second = rounds[i + 1] as (typeof rounds)[number];
      const truth = truthOf(first.order, second.order).map((row, at) =>
        (first.order[at] as number) % 400 === 0 ? row : -1,
      );
      const result = linkRounds(first.view, second.view, truth);
      expect(result.tried).toBe(5);
      found += result.found / 20;
    }
    expect(found).toBeGreaterThan(0.1);
    expect(found).toBeLessThan(0.3);
    const { view, order } = rounds[1] as (typeof rounds)[number];
    const [finding] = findLinkability(view, []);
    expect(finding).toMatchObject({ kind: "rare-choice", severity: "refuse", count: 5 });
    expect(finding?.rows.map((row) => (order[row] as number) % 400)).toEqual([0, 0, 0, 0, 0]);
  });

  test("the same order every round links everybody, and is warned of", () => {
    const { reader, kinds } = measure({ shuffled: false });
    expect(reader).toBeGreaterThan(0.99);
    expect(kinds).toEqual(["same-order"]);
  });
});

test("a pseudonym that occurs twice in a batch is refused", () => {
  const { view } = publish(1);
  const pseudonyms = Uint8Array.from(view.pseudonyms);
  pseudonyms.copyWithin(32, 0, 32);
  const findings = findLinkability({ ...view, pseudonyms }, []);
  expect(findings).toEqual([
    expect.objectContaining({ kind: "reused-pseudonym", severity: "refuse", count: 1, rows: [0] }),
  ]);
});

test("the least size of a group is the site's to choose", () => {
  const { view } = publish(1);
  expect(findLinkability(view, [], { leastGroup: 83 })).toEqual([]);
  const [finding] = findLinkability(view, [], { leastGroup: 84 });
  expect(finding?.kind).toBe("rare-choice");
  expect(finding?.rows.length).toBe(100);
  expect(finding?.count).toBe(16 * 83);
});

test("nobody in both rounds: nothing tried", () => {
  const { view } = publish(1);
  const result = linkRounds(view, view, new Array(PATIENTS).fill(-1));
  expect(result).toEqual({ tried: 0, found: 0, chance: 1 / PATIENTS, advantage: -1 / PATIENTS });
});
