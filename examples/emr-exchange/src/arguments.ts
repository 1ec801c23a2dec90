// The demo's command line.
import { parseArgs } from "node:util";
import { DemoError } from "./errors.js";

/** What the command line asks for. */
export interface DemoArguments {
  /** Only print {@link usage}. */
  readonly help: boolean;
  /** The CSV file, or undefined for synthetic records. */
  readonly data: string | undefined;
  /** A path or the name of a schema that ships with the demo; given exactly when `data` is. */
  readonly schema: string | undefined;
  /** At most so many records: of the file, or to generate (then undefined means 200,000). */
  readonly records: number | undefined;
  readonly requesters: number;
  readonly ledger: "memory" | "file";
  /** Any text: equal seeds give equal runs, noise included. Undefined: a fresh seed, and noise from the platform. */
  readonly seed: string | undefined;
  /** The folder for report.json and report.html (and the file ledger). */
  readonly out: string;
  /** Whether two sites and a requester cheat. */
  readonly cheats: boolean;
}

/** The help text. */
export const usage = `npm run demo -- [options]

  --data FILE.csv[.gz]   records to publish (default: 200,000 synthetic ones)
  --schema SCHEMA        brfss2015, diabetes130, or a JSON file; needed with --data
  --records N            read (or generate) only N records
  --requesters M         how many requesters compete (default: 200)
  --ledger memory|file   where the ledger lives (default: memory)
  --seed S               any text; repeats a run, noise included (default: noise from the
                         platform's generator, as real records need it)
  --out DIR              where report.json and report.html go (default: out/demo)
  --cheats               two sites and a requester cheat; the report says what came of it
  --help                 this text
`;

/**
 * Reads the command line.
 *
 * @param argv the arguments after the program's name
 * @throws DemoError `EMRX_DEMO_ARGUMENT`, naming the option
 *
 * @example
 * ```ts
 * import { parseArguments } from "./arguments.js";
 *
 * parseArguments(["--requesters", "300"]).requesters; // => 300
 * parseArguments(["--records", "-3"]); // throws EMRX_DEMO_ARGUMENT
 * ```
 */
export function parseArguments(argv: readonly string[]): DemoArguments {
  const values = parsed(argv);
  const data = text("--data", values.data);
  const schema = text("--schema", values.schema);
  const help = values.help === true;
  if (!help && data !== undefined && schema === undefined) {
    throw wrong(
      "--data needs --schema: brfss2015, diabetes130 or a JSON file with the file's schema",
    );
  }
  if (!help && schema !== undefined && data === undefined) {
    throw wrong("--schema needs --data: synthetic records come with their own schema");
  }
  const ledger = values.ledger ?? "memory";
  if (ledger !== "memory" && ledger !== "file") {
    throw wrong(`--ledger: expected 'memory' or 'file', got '${ledger}'`);
  }
  return {
    help,
    data,
    schema,
    records:
      values.records === undefined ? undefined : count("--records", values.records, 100_000_000),
    requesters:
      values.requesters === undefined ? 200 : count("--requesters", values.requesters, 10_000),
    ledger,
    seed: text("--seed", values.seed),
    out: text("--out", values.out) ?? "out/demo",
    cheats: values.cheats === true,
  };
}

const options = {
  data: { type: "string" },
  schema: { type: "string" },
  records: { type: "string" },
  requesters: { type: "string" },
  ledger: { type: "string" },
  seed: { type: "string" },
  out: { type: "string" },
  cheats: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

type Flag = "help" | "cheats";
type Values = Partial<Record<Exclude<keyof typeof options, Flag>, string>> &
  Partial<Record<Flag, boolean>>;

function parsed(argv: readonly string[]): Values {
  try {
    const { values, tokens } = parseArgs({ args: [...argv], options, strict: true, tokens: true });
    const seen = new Set<string>();
    for (const token of tokens) {
      if (token.kind !== "option") continue;
      if (seen.has(token.name)) throw wrong(`--${token.name} is given twice; expected once`);
      seen.add(token.name);
    }
    return values;
  } catch (error) {
    if (error instanceof DemoError) throw error;
    throw wrong(`${(error as Error).message}; see --help`, error);
  }
}

function text(option: string, value: string | undefined): string | undefined {
  if (value === "") throw wrong(`${option}: expected a text, got an empty one`);
  return value;
}

function count(option: string, value: string, most: number): number {
  const number = /^[0-9]{1,9}$/.test(value) ? Number(value) : 0;
  if (number >= 1 && number <= most) return number;
  throw wrong(`${option}: expected a whole number from 1 to ${most}, got '${value}'`);
}

function wrong(message: string, cause?: unknown): DemoError {
  return new DemoError("EMRX_DEMO_ARGUMENT", message, cause === undefined ? {} : { cause });
}
