// Law 6: no interleaving of spends, retries, crashes and memo hits ever exceeds the lifetime budget.
import { fc, rational } from "@emrx/testkit";
import { expect, test } from "vitest";
import { createAccountant } from "../../src/accounting.js";
import {
  createRandomizer,
  encodeTable,
  type LdpError,
  memoryStore,
  policyFor,
  randomizeBatch,
  type Store,
  seededRandom,
} from "../../src/index.js";
import { reportAt } from "../../src/records.js";
import { example } from "../schema/example.js";

const lifetimeBudget = "7.5";
const subjects = ["ann", "bob"] as const;
const records = [
  { sex: "female", stage: "I", bmi: 20, stay: 3 },
  { sex: "male", stage: null, bmi: 20, stay: null },
  { sex: "male", stage: "IV", bmi: 31.5, stay: 14 },
] as const;
const preferences = [
  {},
  { sex: "strict", stay: "withhold" },
  { sex: "withhold", bmi: "withhold" },
] as const;
// Worked out by hand: the two largest of (2 1 1 .5), (.5 1 1), (1 .5).
const debits = ["3", "2", "1.5"] as const;

/** What happens at a write: it works; it fails before anything is written; it is written but the answer is lost. */
type Fault = "none" | "before" | "after";

/** The disk survives everything; what is built on it is thrown away at a crash. */
class World {
  readonly #disk = memoryStore();
  fault: Fault = "none";
  readonly #random = seededRandom("law 6");
  readonly store: Store = {
    read: (keys) => this.#disk.read(keys),
    write: async (writes) => {
      if (this.fault === "before") throw new Error("the disk is full");
      const written = await this.#disk.write(writes);
      if (this.fault === "after") throw new Error("the power went off");
      return written;
    },
  };
  accountant = createAccountant({ memory: this.store, lifetimeBudget });
  #randomizers = new Map<string, ReturnType<typeof createRandomizer<typeof example.json>>>();

  crash(): void {
    this.#randomizers.clear();
    this.accountant = createAccountant({ memory: this.store, lifetimeBudget });
  }

  /** Randomizers live on side by side over one store until the next crash. */
  randomize(
    subject: string,
    policy: number,
    record: number,
    instance: number,
  ): Promise<Uint8Array> {
    const name = `${subject} ${policy} ${instance}`;
    const randomizer =
      this.#randomizers.get(name) ??
      createRandomizer(example, {
        subject,
        preferences: preferences[policy] as (typeof preferences)[number],
        lifetimeBudget,
        memory: this.store,
        randomForTests: this.#random,
      });
    this.#randomizers.set(name, randomizer);
    return randomizer.randomize(records[record] as (typeof records)[number]);
  }

  batch(rows: readonly Row[]) {
    const column = (name: "sex" | "stage" | "bmi" | "stay") =>
      rows.map(({ record }) => String(records[record]?.[name] ?? "?"));
    return randomizeBatch(
      example,
      encodeTable(example, {
        sex: column("sex"),
        stage: column("stage"),
        BMI: column("bmi"),
        stay: column("stay"),
      }),
      {
        policies: preferences.map((chosen) => policyFor(example, chosen)),
        policyOf: rows.map(({ policy }) => policy),
        subjects: rows.map(({ subject }) => subject),
        repeatedSubjects: "charge",
        lifetimeBudget,
        memory: this.store,
        randomForTests: this.#random,
      },
    );
  }
}

interface Row {
  readonly subject: string;
  readonly policy: number;
  readonly record: number;
}

/** The reference: exact sums, and the reports that exist (bytes, or "lost" where nobody has seen them yet). */
interface Model {
  spent: Map<string, rational.Q>;
  reports: Map<string, Uint8Array | "lost">;
}

const limit = rational.decimal(lifetimeBudget);
const spentOn = (model: Model, subject: string) => model.spent.get(subject) ?? rational.q(0);
// A record counts as new only where an attribute of the pool differs: without sex and bmi, no two of these are equal.
const reportName = ({ subject, policy, record }: Row) => `${subject} ${policy} ${record}`;

/** What the model expects of a purchase of several rows: which are new, and whether they can be paid. */
function expected(model: Model, rows: readonly Row[]) {
  const fresh = [...new Map(rows.map((row) => [reportName(row), row])).values()].filter(
    (row) => !model.reports.has(reportName(row)),
  );
  const spent = new Map(model.spent);
  for (const { subject, policy } of fresh)
    spent.set(
      subject,
      rational.add(spent.get(subject) ?? rational.q(0), rational.decimal(debits[policy] as string)),
    );
  const affordable = [...spent.values()].every((sum) => !rational.less(limit, sum));
  return { fresh, spent, affordable };
}

async function checkBudgets(model: Model, world: World): Promise<void> {
  for (const subject of subjects) {
    const spent = rational.decimal(await world.accountant.spent(subject));
    expect(rational.equal(spent, spentOn(model, subject))).toBe(true);
    expect(rational.less(limit, spent)).toBe(false);
    const lines = (await world.accountant.statement(subject)).map(({ amount }) =>
      rational.decimal(amount),
    );
    expect(rational.equal(rational.sum(lines), spent)).toBe(true);
  }
}

class Publish implements fc.AsyncCommand<Model, World> {
  readonly rows: readonly Row[];
  readonly fault: Fault;
  readonly instance: number | undefined;
  constructor(rows: readonly Row[], fault: Fault, instance?: number) {
    this.rows = rows;
    this.fault = fault;
    this.instance = instance;
  }
  check = () => true;
  async run(model: Model, world: World): Promise<void> {
    const { fresh, spent, affordable } = expected(model, this.rows);
    world.fault = this.fault;
    let reports: readonly Uint8Array[] | undefined;
    let error: unknown;
    try {
      reports = await this.publish(world);
    } catch (caught) {
      error = caught;
    }
    world.fault = "none";
    const writes = fresh.length > 0;
    if (writes && !affordable) {
      expect((error as LdpError).code).toBe("EMRX_BUDGET_EXHAUSTED");
    } else if (writes && this.fault !== "none") {
      expect((error as LdpError).code).toBe("EMRX_STORE_FAILED");
      expect(reports).toBeUndefined();
      if (this.fault === "after") {
        model.spent = spent;
        for (const row of fresh) model.reports.set(reportName(row), "lost");
      }
    } else {
      expect(error).toBeUndefined();
      model.spent = spent;
      for (const [i, row] of this.rows.entries()) {
        const bytes = reports?.[i] as Uint8Array;
        const known = model.reports.get(reportName(row));
        if (known instanceof Uint8Array) expect(bytes).toEqual(known);
        model.reports.set(reportName(row), bytes);
      }
    }
    await checkBudgets(model, world);
  }
  private async publish(world: World): Promise<readonly Uint8Array[]> {
    const { instance } = this;
    if (instance === undefined) {
      const batch = await world.batch(this.rows);
      return this.rows.map((_, i) => reportAt(batch, i).slice());
    }
    const reports: Uint8Array[] = [];
    for (const row of this.rows)
      reports.push(await world.randomize(row.subject, row.policy, row.record, instance));
    return reports;
  }
  toString = () =>
    `publish(${this.rows.map(reportName)}; ${this.fault}, ${this.instance ?? "batch"})`;
}

class Spend implements fc.AsyncCommand<Model, World> {
  readonly subject: string;
  readonly amount: string;
  readonly fault: Fault;
  constructor(subject: string, amount: string, fault: Fault) {
    this.subject = subject;
    this.amount = amount;
    this.fault = fault;
  }
  check = () => true;
  async run(model: Model, world: World): Promise<void> {
    const sum = rational.add(spentOn(model, this.subject), rational.decimal(this.amount));
    const affordable = !rational.less(limit, sum);
    world.fault = this.fault;
    let code: unknown = "paid";
    try {
      await world.accountant.spend(this.subject, this.amount, "something else");
    } catch (error) {
      code = (error as LdpError).code;
    }
    world.fault = "none";
    expect(code).toBe(
      affordable ? (this.fault === "none" ? "paid" : "EMRX_STORE_FAILED") : "EMRX_BUDGET_EXHAUSTED",
    );
    if (affordable && this.fault !== "before") model.spent.set(this.subject, sum);
    await checkBudgets(model, world);
  }
  toString = () => `spend(${this.subject}, ${this.amount}, ${this.fault})`;
}

class Crash implements fc.AsyncCommand<Model, World> {
  check = () => true;
  async run(model: Model, world: World): Promise<void> {
    world.crash();
    await checkBudgets(model, world);
  }
  toString = () => "crash()";
}

const row = fc.record({
  subject: fc.constantFrom(...subjects),
  policy: fc.nat(preferences.length - 1),
  record: fc.nat(records.length - 1),
});
const fault = fc.constantFrom<Fault>("none", "none", "none", "before", "after");
const commands = fc.commands(
  [
    fc
      .tuple(row, fault, fc.nat(1))
      .map(([one, what, instance]) => new Publish([one], what, instance)),
    fc.tuple(fc.array(row, { maxLength: 4 }), fault).map(([rows, what]) => new Publish(rows, what)),
    fc
      .tuple(fc.constantFrom(...subjects), fc.constantFrom("0.1", "0.2", "1", "2.5"), fault)
      .map(([subject, amount, what]) => new Spend(subject, amount, what)),
    fc.constant(new Crash()),
  ],
  { maxCommands: 40 },
);

test("spends, reports, batches, failing writes, lost answers, crashes: spent is exact, never above the budget, and nothing is paid twice", async () => {
  await fc.assert(
    fc.asyncProperty(commands, async (run) => {
      await fc.asyncModelRun(
        () => ({ model: { spent: new Map(), reports: new Map() }, real: new World() }),
        run,
      );
    }),
    { numRuns: 150 },
  );
});
