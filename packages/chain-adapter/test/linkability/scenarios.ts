// Habits, good and bad, and how much better than by chance an attacker links patients under each of them.

import { secretOrder } from "@emrx/chain-adapter/identity";
import { findLinkability, linkRounds, type PublicView } from "@emrx/chain-adapter/linkability";
import { type Batch, buildBatch, patientScope } from "@emrx/chain-adapter/payload";
import { concatBytes } from "@emrx/internal/bytes";

/** Patients who take part in every round. */
export const PATIENTS = 2000;
const rootSecret = new Uint8Array(32).fill(77);

/** Open choices of each patient: 4 profiles x 3 prices x 2 numbers of buyers, fixed over the rounds, all common. */
export const commonChoice = (patient: number): number => (patient * 7919) % 24;

/** What a site does otherwise than by default. */
export interface Habits {
  /** Every batch as if of this round. */
  readonly round?: number;
  readonly salts?: "reused";
  readonly order?: "same";
  readonly choice?: (patient: number) => number;
  /** Whom the attacker is after; everybody by default. */
  readonly target?: (patient: number) => boolean;
}

export interface Published {
  readonly view: PublicView;
  readonly order: Uint32Array;
}

/** One round of a site, by the functions that sites use. */
export function publish(round: number, habits: Habits = {}): Published {
  const id = "77".repeat(32);
  const leafScope = { ledger: id, site: id, schemaHash: id, round: habits.round ?? round };
  const order =
    habits.order === "same"
      ? Uint32Array.from({ length: PATIENTS }, (_, i) => i)
      : secretOrder(rootSecret, patientScope(leafScope), PATIENTS);
  const offsets = Uint32Array.from({ length: PATIENTS + 1 }, (_, i) => i * 4);
  const bytes = new Uint8Array(PATIENTS * 4);
  const reportBytes = new DataView(bytes.buffer);
  for (const [row, patient] of order.entries()) reportBytes.setUint32(row * 4, patient * 31);
  const batch: Batch = buildBatch({
    scope: leafScope,
    rootSecret,
    patients: order,
    profiles: new Uint32Array(PATIENTS),
    reports: { count: PATIENTS, bytes, offsets },
  });
  const choices = order.map(habits.choice ?? commonChoice);
  const { count, root, pseudonyms, salts, tree } = batch;
  const leaves = concatBytes(...Array.from({ length: count }, (_, i) => tree.leaf(i)));
  return { view: { count, root, pseudonyms, leaves, choices, salts }, order };
}

/** For each row of a round, the row of the same patient in another. */
export function truthOf(first: Uint32Array, second: Uint32Array): number[] {
  const rows = new Map([...second.entries()].map(([row, patient]) => [patient, row]));
  return [...first].map((patient) => rows.get(patient) ?? -1);
}

/** A batch whose salts are those that each patient had in another. */
function withSaltsOf(earlier: Published, { view, order }: Published): Published {
  const salts = new Uint8Array(PATIENTS * 32);
  const from = earlier.view.salts;
  for (const [row, other] of truthOf(order, earlier.order).entries())
    salts.set(from.subarray(other * 32, other * 32 + 32), row * 32);
  return { view: { ...view, salts }, order };
}

export interface Measured {
  /** Share of the targets that a buyer finds who has bought and opened everything, over all pairs of rounds. */
  readonly buyer: number;
  readonly chance: number;
  /** What the site's check finds, with its severity. */
  readonly findings: readonly string[];
}

/** Plays the attacker against so many pairs of consecutive rounds. Keys are fixed: the figures are the same in every run. */
export function measure(habits: Habits, pairs: number): Measured {
  let [buyer, chance] = [0, 0];
  const findings = new Set<string>();
  let first = publish(1, habits);
  for (let round = 2; round < pairs + 2; round++) {
    const fresh = publish(round, habits);
    const second = habits.salts === "reused" ? withSaltsOf(first, fresh) : fresh;
    const truth = truthOf(first.order, second.order).map((row, at) =>
      (habits.target?.(first.order[at] as number) ?? true) ? row : -1,
    );
    const linked = linkRounds(first.view, second.view, truth);
    chance += linked.chance / pairs;
    buyer += linked.found / pairs;
    for (const { kind, severity } of findLinkability(second.view, [first.view]))
      findings.add(`${severity === "refuse" ? "refuses" : "warns"}: ${kind}`);
    first = second;
  }
  return { buyer, chance, findings: [...findings] };
}

const ofFive = (patient: number): boolean => patient % 400 === 0;

/** The shipped defaults and each bad habit, by the name that the threat model gives it. */
export const scenarios: Readonly<Record<string, Habits>> = {
  "shipped defaults, 24 combinations of open choices": {},
  "shipped defaults, one combination for all": { choice: () => 0 },
  "the same batch again (reused root)": { round: 1 },
  "the same salts again (reused salt)": { salts: "reused" },
  "a price of one's own (unique price)": {
    choice: (patient) => (ofFive(patient) ? 1000 + patient : commonChoice(patient)),
    target: ofFive,
  },
  "a level vector that five patients share (rare level vector)": {
    choice: (patient) => (ofFive(patient) ? 99 : commonChoice(patient)),
    target: ofFive,
  },
  "the same order every round": { order: "same" },
};

const percent = (share: number): string => `${(100 * share).toFixed(2).replace("-0.00", "0.00")} %`;

/** The table of the threat model. */
export function linkabilityTable(pairs = 50): string {
  const rows = Object.entries(scenarios).map(([name, habits]) => {
    const { buyer, chance, findings } = measure(habits, pairs);
    return `| ${name} | ${percent(buyer - chance)} | ${findings.join(", ") || "nothing"} |`;
  });
  return [
    "| habit | advantage of a buyer of everything | what the site's check says |",
    "|---|---|---|",
    ...rows,
  ].join("\n");
}
