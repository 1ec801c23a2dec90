// The crash test of the file ledger: kills a publishing process with SIGKILL at random moments, reopens, and checks that
// no acknowledged entry is lost; then damages the files at random and checks that every damage is reported with its place,
// and every old copy put back is found against a checkpoint kept elsewhere. Kills also fall on snapshots being written, and
// every second opening goes on from a snapshot. In every tenth run two processes fight for the folder, one of them in a PID
// namespace of its own where that can be had, and now and then the lock is deleted under them by hand.
//   npm run test:crash -- --kills 1000 --damages 1000 --seed 1
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { auditLedger, type Checkpoint, LedgerError } from "@emrx/chain-adapter";
import { type FileLedger, openFileLedger } from "@emrx/chain-adapter/file";
import { publish, publisher } from "./publisher.js";

// The same program is the publishing process.
if (process.argv[2] === "publish") {
  const [folder = "", run = "", found, how] = process.argv.slice(3);
  await publish(folder, run, { found: found === "new", fights: how === "fight" });
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

const verifyKey = await publisher();
/** With the key, opening goes on from a snapshot; without, everything is replayed. */
const opened = { fromSnapshot: 0, replayed: 0 };
async function open(path: string, trustedCheckpoint?: Checkpoint): Promise<FileLedger> {
  const ledger = await openFileLedger(path, {
    ...(below(2) === 0 ? { verifyKey } : {}),
    ...(trustedCheckpoint === undefined ? {} : { trustedCheckpoint }),
  });
  opened[ledger.opening.fromSnapshot > 0 ? "fromSnapshot" : "replayed"]++;
  return ledger;
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

/** Copies a ledger, as a backup does: without who owns it. */
function copyLedger(from: string, to: string): void {
  cpSync(from, to, { recursive: true, filter: (name) => !name.endsWith("/owner") });
}

const unshare = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"];
const namespaces = spawnSync("unshare", [...unshare.slice(1), "true"]).status === 0;
const fights = { runs: 0, opened: [0, 0], lost: 0 };

/** Two publishers that both want the folder, until both are killed; what they had acknowledged. */
async function fight(run: number): Promise<string[]> {
  fights.runs++;
  const lines: string[] = [];
  const publishers = ["a", "b"].map((name, i) => {
    const own = i === 1 && namespaces ? unshare : [];
    const command = [...own, process.execPath, process.argv[1] as string, "publish", folder];
    const child = spawn(command[0] as string, [...command.slice(1), `${run}${name}`, "", "fight"], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let output = "";
    child.stdout.on("data", (data) => {
      output += data;
    });
    const opened = (): number => output.split("\n").filter((line) => line === "open").length;
    const closed = new Promise<void>((resolve) => {
      child.on("close", () => {
        const said = output.split("\n").slice(0, -1);
        lines.push(...said.filter((line) => /^\d/.test(line)));
        (fights.opened as number[])[i] =
          (fights.opened[i] ?? 0) + said.filter((line) => line === "open").length;
        fights.lost += said.filter((line) => line === "lost").length;
        resolve();
      });
    });
    return { child, closed, opened };
  });
  const pause = (most: number): Promise<void> =>
    new Promise((resolve) => setTimeout(resolve, below(most)));
  /** Waits until there were so many openings, ten seconds at most. */
  const openings = async (count: number): Promise<void> => {
    const began = performance.now();
    while (publishers.reduce((sum, { opened }) => sum + opened(), 0) < count) {
      if (performance.now() - began > 10_000) throw new Error(`run ${run}: nobody gets the folder`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  await openings(1);
  await pause(300);
  if (below(2) === 0) {
    // By hand, which is a mistake, and must cost nothing that was acknowledged.
    const place = join(folder, "owner");
    const names = existsSync(place) ? readdirSync(place) : [];
    for (const name of names) if (/^\d+$/.test(name)) rmSync(join(place, name), { force: true });
    await openings(2);
    await pause(60);
  }
  const [first, second] = below(2) === 0 ? publishers : publishers.reverse();
  if (first === undefined || second === undefined) throw new Error("two publishers were started");
  const before = second.opened();
  first.child.kill("SIGKILL");
  await first.closed;
  // If the first had it, the second gets it now.
  if (before === 0) await openings(first.opened() + 1);
  await pause(60);
  second.child.kill("SIGKILL");
  await second.closed;
  return lines;
}

/** Copies of the last ledger at earlier times. */
let copies: string[] = [];
function oldCopy(run: number): void {
  const copy = join(scratch, `old-${run}`);
  copyLedger(folder, copy);
  copies.push(copy);
}

let acknowledged = new Map<string, number>();
let total = 0;
const started = performance.now();
for (let run = 0; run < kills; run++) {
  if (run % RUNS_PER_LEDGER === 0) {
    folder = join(scratch, `ledger-${run / RUNS_PER_LEDGER}`);
    total += acknowledged.size;
    acknowledged = new Map();
    for (const copy of copies) rmSync(copy, { recursive: true });
    copies = [];
  }
  const lines = run % 10 === 5 ? await fight(run) : await publishAndKill(run, below(60));
  for (const line of lines) {
    const [index, id] = line.split(" ") as [string, string];
    acknowledged.set(id, Number(index));
  }
  if (run % 10 === 0) oldCopy(run);
  const ledger = await open(folder);
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

/** The checkpoint to keep elsewhere. */
async function currentCheckpoint(): Promise<{ checkpoint: Checkpoint; digest: string }> {
  const ledger = await openFileLedger(folder);
  const [checkpoint, digest] = [
    await ledger.checkpoint(),
    await ledger.view({ type: "ledger.digest" }),
  ];
  await ledger.close();
  return { checkpoint, digest };
}

const { checkpoint, digest } = await currentCheckpoint();
const found = new Map<string, number>();
const kinds = ["flip", "cut", "hole", "swap", "delete", "append", "old copy"] as const;
for (let i = 0; i < damages; i++) {
  const kind = kinds[below(kinds.length)] as (typeof kinds)[number];
  const copy = join(scratch, "copy");
  rmSync(copy, { recursive: true, force: true });
  if (kind === "old copy") {
    await putBack(i, copy);
    continue;
  }
  copyLedger(folder, copy);
  const names = readdirSync(copy);
  const lastSegment = names.filter((candidate) => candidate.endsWith(".log")).at(-1) as string;
  const { size: written } = statSync(join(copy, lastSegment));
  // As a kill leaves it: with room behind the last entry.
  if (below(2) === 0) appendFileSync(join(copy, lastSegment), Buffer.alloc(1 + below(20_000)));
  // Every third damage where most can go wrong: in the file that was written last.
  // A file that a kill left empty holds nothing that could be damaged.
  const filled = names.filter((candidate) => statSync(join(copy, candidate)).size > 0);
  const drawn = below(3) === 0 ? lastSegment : (filled[below(filled.length)] as string);
  const name = filled.includes(drawn) ? drawn : (filled.at(-1) as string);
  const file = join(copy, name);
  const data = readFileSync(file);
  const before = Buffer.from(data);
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
    const [a, b] = [below(Math.max(1, data.length - 2 * length)), data.length - length];
    const first = Buffer.from(data.subarray(a, a + length));
    data.copy(data, a, b, b + length);
    first.copy(data, b);
    writeFileSync(file, data);
    text = `swap of ${length} bytes in ${name} at ${a} and ${b}`;
  } else if (kind === "delete") rmSync(file);
  else writeFileSync(file, Buffer.concat([data, Buffer.alloc(1 + below(200), 1 + below(255))]));
  // Bytes after the last entry are room or an unfinished write: nothing acknowledged is in them.
  const counts = name === lastSegment ? written : before.length;
  const unchanged =
    kind !== "delete" && before.subarray(0, counts).equals(readFileSync(file).subarray(0, counts));
  try {
    const ledger = await open(copy);
    const { size } = await ledger.checkpoint();
    const same = (await ledger.view({ type: "ledger.digest" })) === digest;
    await ledger.close();
    // A snapshot is no part of the ledger: damaged, it is left aside, and everything must be there all the same.
    const passed = name.startsWith("snapshot")
      ? "in a snapshot: left aside"
      : unchanged
        ? "harmless"
        : undefined;
    if (passed === undefined || size !== checkpoint.size || !same)
      throw new Error(
        `damage ${i}: ${text}: opened with ${size} of ${checkpoint.size} entries, no error`,
      );
    count(`${kind}, ${passed}`);
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error;
    const placed = error.code === "EMRX_DAMAGED" && typeof error.details.file === "string";
    if (!placed || typeof error.details.offset !== "number") {
      throw new Error(`damage ${i}: ${text}: no place in ${error.code} ${error.message}`);
    }
    count(`${kind}, reported with its place`);
  }
}

function count(what: string): void {
  found.set(what, (found.get(what) ?? 0) + 1);
}

/** An old copy is whole and opens; the checkpoint kept elsewhere finds it. */
async function putBack(i: number, copy: string): Promise<void> {
  const old = copies[below(copies.length)] as string;
  cpSync(old, copy, { recursive: true });
  const ledger = await open(copy);
  const { size } = await ledger.checkpoint();
  await ledger.close();
  if (size >= checkpoint.size) throw new Error(`damage ${i}: ${old} is no old copy`);
  const code = await open(copy, checkpoint).then(
    () => "nothing",
    (error: LedgerError) => error.code,
  );
  if (code !== "EMRX_ROLLED_BACK") throw new Error(`damage ${i}: ${old} gave ${code}`);
  count("old copy, found against the checkpoint kept elsewhere");
}

for (const [what, times] of [...found].sort()) console.log(`${times} ${what}`);
console.log(`${opened.fromSnapshot} openings from a snapshot, ${opened.replayed} by full replay`);
console.log(
  `${fights.runs} fights of two processes${namespaces ? ", one in a PID namespace of its own" : ""}: opened ${fights.opened.join(" and ")} times, ${fights.lost} times lost to the other`,
);
console.log(
  `${kills} kills, ${total + acknowledged.size} acknowledged entries, none lost; ${damages} damages, none missed.`,
);
rmSync(scratch, { recursive: true, force: true });
