// Calls every export of one package with junk, and the methods of what they return, and says what is thrown that is no error of
// the packages, and which errors show what is secret. Run by junk.test.ts, and by hand: npm run junk -- PACKAGE [NAME-PART]
import { mkdtempSync, readFileSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { type Calls, type Module, recordExamples } from "./examples.js";
// Written when the program is bundled: every entry of every package.
import { loadModules } from "./modules.js";
import { markedCalls, shows } from "./secrets.js";
import { junkFrom, ownError, seeded, spoilt } from "./values.js";

/** What was found of one function. A line of JSON each. */
export interface Finding {
  readonly name: string;
  readonly cases: number;
  /** Errors that are none of the packages', with the arguments. */
  readonly raw: readonly string[];
  /** Errors that show a value of a record or the name of a subject. */
  readonly telling: readonly string[];
  /** Calls with a mark in the place of such a value or name. */
  readonly marked: number;
}

const casesEach = Number(process.env["JUNK_CASES"] ?? 40);

const [root = "", name = "", part = ""] = process.argv.slice(2);
const skipped = new Set(JSON.parse(process.env["JUNK_SKIP"] ?? "[]") as string[]);
const known = new Set(
  [...readFileSync(join(root, "docs/error-codes.md"), "utf8").matchAll(/^### (EMRX_\w+)$/gm)].map(
    ([, code]) => code,
  ),
);
process.on("unhandledRejection", () => undefined);
process.on("uncaughtException", (error) => {
  say({
    name: current,
    cases: 0,
    raw: [`thrown outside of any call: ${inspect(error).slice(0, 300)}`],
    telling: [],
    marked: 0,
  });
});
let current = "";

const folder = mkdtempSync(join(tmpdir(), "emrx-junk-"));
process.chdir(folder); // what takes a path writes here
try {
  const modules = await loadModules();
  const calls = await recordExamples(root, name, modules);
  for (const [label, target, self] of functionsOf(modules))
    if (label.includes(part) && !skipped.has(label)) await tryFunction(label, target, self, calls);
} finally {
  process.chdir(root);
  rmSync(folder, { recursive: true, force: true });
}
process.exit(0);

/** A function of which nothing is known. */
type Anything = (...given: never[]) => unknown;

/** Every function that the package's entries export, once, also those in exported objects. Error classes are not made by users. */
function functionsOf(modules: ReadonlyMap<string, Module>): [string, Anything, unknown][] {
  const found = new Map<unknown, [string, Anything, unknown]>();
  const specifiers = [...modules.keys()]
    .filter((specifier) => specifier === `@emrx/${name}` || specifier.startsWith(`@emrx/${name}/`))
    .sort((a, b) => b.length - a.length);
  for (const specifier of specifiers)
    for (const [key, value] of Object.entries(modules.get(specifier) ?? {})) {
      const label = `${specifier.slice("@emrx/".length)} ${key}`;
      if (typeof value === "function") {
        if (!(value.prototype instanceof Error) && !found.has(value))
          found.set(value, [label, value as Anything, undefined]);
      } else if (typeof value === "object" && value !== null)
        for (const [inner, member] of Object.entries(value))
          if (typeof member === "function" && !found.has(member))
            found.set(member, [`${label}.${inner}`, member as Anything, value]);
    }
  return [...found.values()].sort(([a], [b]) => (a < b ? -1 : 1));
}

async function tryFunction(
  label: string,
  target: Anything,
  self: unknown,
  calls: Calls,
): Promise<void> {
  const right = calls.get(target) ?? [];
  await tryCalls(label, target, (given) => Reflect.apply(target, self, given), right);
  for (const given of right.slice(0, 1)) {
    const made = await quietly(() => Reflect.apply(target, self, given));
    for (const [method, holder] of methodsOf(made)) {
      if (skipped.has(`${label}().${method}`)) continue;
      await tryCalls(
        `${label}().${method}`,
        (holder as never)[method],
        (junk) => Reflect.apply((holder as never)[method], holder, junk),
        [],
      );
    }
  }
}

async function tryCalls(
  label: string,
  target: object,
  call: (given: unknown[]) => unknown,
  right: readonly unknown[][],
): Promise<void> {
  current = label;
  say({ begins: label });
  const next = seeded(hash(label));
  const junk = junkFrom(next);
  const raw: string[] = [];
  for (let i = 0; i < casesEach; i++) {
    const valid = right[next(Math.max(1, right.length))];
    const given =
      valid !== undefined && i % 4 !== 0
        ? spoilt(valid, next, junk)
        : Array.from({ length: i === 0 ? 0 : 1 + next(3) }, junk);
    say({ given: shown(given) });
    const problem = await problemOf(() => call(given));
    if (problem !== undefined) raw.push(`${problem} given ${shown(given)}`);
  }
  const telling: string[] = [];
  let marked = 0;
  for (const given of markedCalls(target, right[0])) {
    marked++;
    say({ given: shown(given) });
    const error = await errorOf(() => call(given));
    if (error !== undefined && shows(error))
      telling.push(`${inspect(error).slice(0, 400)} given ${shown(given)}`);
  }
  say({ name: label, cases: casesEach + marked, raw, telling, marked });
}

/** What was thrown, if it is no error of the packages. */
async function problemOf(run: () => unknown): Promise<string | undefined> {
  const error = await errorOf(run);
  if (error === undefined || error === ownError) return undefined;
  if (error instanceof Error && "code" in error && known.has(String(error.code))) return undefined;
  return error instanceof Error
    ? `${error.name}: ${error.message.slice(0, 160)} ${whereOf(error)}`
    : `not an error: ${typeof error}`;
}

/** What is thrown. */
async function errorOf(run: () => unknown): Promise<unknown> {
  try {
    await settled(run());
    return undefined;
  } catch (error) {
    return error ?? new Error(`${error} was thrown`);
  }
}

/** Waits for a promise, though not for one that waits for something to happen, and takes one item of an async iterable. */
async function settled(result: unknown): Promise<void> {
  const waiting = new Promise((resolve) => setTimeout(resolve, 20).unref());
  if (result instanceof Promise) await Promise.race([result, waiting]);
  else if (typeof result === "object" && result !== null && Symbol.asyncIterator in result) {
    const iterator = (result as AsyncIterable<unknown>)[Symbol.asyncIterator]();
    await Promise.race([iterator.next(), waiting]);
    void Promise.resolve(iterator.return?.()).catch(() => undefined);
  }
}

/** The methods of a result, own and inherited, except those of the language. */
function methodsOf(made: unknown): [string, object][] {
  if (typeof made !== "object" || made === null || Array.isArray(made) || ArrayBuffer.isView(made))
    return [];
  if (
    made instanceof Map ||
    made instanceof Set ||
    Symbol.iterator in made ||
    Symbol.asyncIterator in made
  )
    return [];
  const found = new Set<string>();
  for (
    let at: object | null = made;
    at !== null && at !== Object.prototype;
    at = Object.getPrototypeOf(at)
  )
    for (const [key, { value }] of Object.entries(Object.getOwnPropertyDescriptors(at)))
      if (typeof value === "function" && key !== "constructor") found.add(key);
  return [...found].sort().map((method) => [method, made]);
}

async function quietly(run: () => unknown): Promise<unknown> {
  try {
    return await run();
  } catch {
    return undefined;
  }
}

function shown(given: unknown): string {
  try {
    return inspect(given, {
      depth: 3,
      breakLength: Number.POSITIVE_INFINITY,
      maxStringLength: 30,
      maxArrayLength: 5,
    }).slice(0, 240);
  } catch {
    return "what cannot be shown";
  }
}

function whereOf(error: Error): string {
  return (
    /\(?(?:[^\s()]*\/)?((?:packages|node_modules)\/[^\s()]+:\d+):\d+\)?/.exec(
      error.stack ?? "",
    )?.[1] ?? ""
  );
}

function hash(text: string): number {
  let value = 7;
  for (let i = 0; i < text.length; i++) value = (Math.imul(value, 31) + text.charCodeAt(i)) >>> 0;
  return value;
}

/** A line of output: what begins, what it is called with, what was found. Written at once, since the next call may never end. */
function say(finding: Finding | { readonly begins: string } | { readonly given: string }): void {
  writeSync(1, `${JSON.stringify(finding)}\n`);
}
