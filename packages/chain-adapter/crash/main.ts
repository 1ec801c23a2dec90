// The crash test of the file ledger: kills a publishing process with SIGKILL at random moments, reopens, and checks that
// no acknowledged entry is lost; then damages the files at random and checks that every damage is reported with its place.
//   npm run test:crash -- --kills 200 --damages 200 --seed 1
import { type ChildProcess, spawn } from "node:child_process";
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { auditLedger, type Head, LedgerError } from "@emrx/chain-adapter";
import { openFileLedger } from "@emrx/chain-adapter/file";
import { publish } from "./publisher.js";

// The same program is the publishing process.
if (process.argv[2] === "publish") {
  const [folder = "", run = "", found] = process.argv.slice(3);
  await publish(folder, run, found === "new");
}

const { values } = parseArgs({
  args: process.argv.slice(2).filter((argument) => argument !== "--"),
  options: {
    kills: { type: "string", default: "200" },
    damages: { type: "string", default: "200" },
    seed: { type: "string", default: "1" },
  },
});
const [kills, damages] = [Number(values.kills), Number(values.damages)];
let randomState = Number(values.seed) >>> 0;

/** A whole number below `limit`; mulberry32, so that a seed gives the same run again. */
function below(limit: number): number {
  randomState = (randomState + 0x6d2b79f5) >>> 0;
  let t = randomState;
  t = Math.imul(t ^ (t >>> 15), t | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return ((t ^ (t >>> 14)) >>> 0) % limit;
}

const scratch = mkdtempSync(join(tmpdir(), "emrx-crash-"));
/** Every so many kills a new ledger is begun: opening reads everything, and a long log would only be slower. */
const RUNS_PER_LEDGER = 50;
let folder = "";

/** Starts a publisher, kills it after `delay` ms from its opening, and returns what it had acknowledged. */
async function publishAndKill(run: number, delay: number): Promise<string[]> {
  const child: ChildProcess = spawn(
    process.execPath,
    [
      process.argv[1] as string,
      "publish",
      folder,
      String(run),
      ...(run % RUNS_PER_LEDGER === 0 ? ["new"] : []),
    ],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  let output = "";
  let errors = "";
  let opened = false;
  child.stderr?.on("data", (data) => {
    errors += data;
  });
  child.stdout?.on("data", (data) => {
    output += data;
    if (!opened) setTimeout(() => child.kill("SIGKILL"), delay);
    opened = true;
  });
  // Some are killed while they open: not the first, which founds the ledger.
  if (run % 10 === 9) setTimeout(() => child.kill("SIGKILL"), 40 + below(200));
  const signal = await new Promise((done) => child.on("exit", (_, name) => done(name)));
  if (signal !== "SIGKILL") throw new Error(`run ${run}: the publisher died by itself: ${errors}`);
  // The last line may be cut short by the kill.
  return output
    .split("\n")
    .slice(0, -1)
    .filter((line) => line !== "open");
}

let acknowledged = new Map<string, number>();
let total = 0;
const started = performance.now();
for (let run = 0; run < kills; run++) {
  if (run % RUNS_PER_LEDGER === 0) {
    folder = join(scratch, `ledger-${run / RUNS_PER_LEDGER}`);
    total += acknowledged.size;
    acknowledged = new Map();
  }
  for (const line of await publishAndKill(run, below(60))) {
    const [index, id] = line.split(" ") as [string, string];
    acknowledged.set(id, Number(index));
  }
  const ledger = await openFileLedger(folder);
  for (const [id, index] of acknowledged) {
    const status = await ledger.status(id);
    if (status.state !== "final" || status.receipt.index !== index) {
      throw new Error(
        `run ${run}: acknowledged call ${id} at ${index} is ${JSON.stringify(status)}`,
      );
    }
  }
  if (run % RUNS_PER_LEDGER === RUNS_PER_LEDGER - 1 || run === kills - 1) {
    const audit = await auditLedger(ledger);
    if (!audit.passed) throw new Error(`run ${run}: ${JSON.stringify(audit.checks)}`);
    const seconds = ((performance.now() - started) / 1000).toFixed(0);
    console.log(
      `${run + 1} kills, ${acknowledged.size} acknowledged, ${audit.entries} entries, ${seconds} s`,
    );
  }
  await ledger.close();
}

/** The head to keep elsewhere. */
async function currentHead(): Promise<Head> {
  const ledger = await openFileLedger(folder);
  const head = await ledger.head();
  await ledger.close();
  return head;
}

const head = await currentHead();
const found = new Map<string, number>();
const kinds = ["flip", "cut", "hole", "swap", "delete", "append"] as const;
for (let i = 0; i < damages; i++) {
  const copy = join(scratch, "copy");
  rmSync(copy, { recursive: true, force: true });
  cpSync(folder, copy, { recursive: true });
  const names = readdirSync(copy).filter((name) => name !== "lock");
  const name = names[below(names.length)] as string;
  const file = join(copy, name);
  const data = readFileSync(file);
  const before = Buffer.from(data);
  const kind = kinds[below(kinds.length)] as (typeof kinds)[number];
  const at = below(data.length);
  let text = `${kind} in ${name} at ${at} of ${data.length}`;
  if (kind === "flip") {
    data[at] = (data[at] as number) ^ (1 << below(8));
    writeFileSync(file, data);
  } else if (kind === "cut") truncateSync(file, at);
  else if (kind === "hole") {
    const length = 1 + below(Math.min(500, data.length - at));
    data.fill(0, at, at + length);
    writeFileSync(file, data);
  } else if (kind === "swap") {
    // Two stretches of equal length change places.
    const length = 1 + below(Math.max(1, Math.floor(data.length / 4)));
    const [a, b] = [below(data.length - 2 * length), data.length - length];
    const first = Buffer.from(data.subarray(a, a + length));
    data.copy(data, a, b, b + length);
    first.copy(data, b);
    writeFileSync(file, data);
    text = `swap of ${length} bytes in ${name} at ${a} and ${b}`;
  } else if (kind === "delete") rmSync(file);
  else writeFileSync(file, Buffer.concat([data, Buffer.alloc(1 + below(200), 1 + below(255))]));
  const unchanged = kind !== "delete" && before.equals(readFileSync(file));
  try {
    const ledger = await openFileLedger(copy);
    const size = (await ledger.head()).size;
    await ledger.close();
    // Bytes after the last entry are an unfinished write and are cut off: nothing acknowledged was in them.
    const lastSegment = names.filter((candidate) => candidate.endsWith(".log")).at(-1);
    const harmless = unchanged || (kind === "append" && name === lastSegment && size === head.size);
    if (!harmless)
      throw new Error(
        `damage ${i}: ${text}: opened with ${size} of ${head.size} entries, no error`,
      );
    found.set(`${kind}: harmless`, (found.get(`${kind}: harmless`) ?? 0) + 1);
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error;
    const placed = error.code === "EMRX_DAMAGED" && typeof error.details.file === "string";
    if (!placed || typeof error.details.offset !== "number") {
      throw new Error(`damage ${i}: ${text}: no place in ${error.code} ${error.message}`);
    }
    found.set(`${kind}: reported`, (found.get(`${kind}: reported`) ?? 0) + 1);
  }
}
for (const [what, count] of [...found].sort()) console.log(`${what} ${count}`);
console.log(
  `${kills} kills, ${total + acknowledged.size} acknowledged entries, none lost; ${damages} damages, none missed.`,
);
rmSync(scratch, { recursive: true, force: true });
