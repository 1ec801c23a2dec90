// The laws of owned folders, with real processes: at most one owner, never a living one displaced, a dead one never in the
// way, and whoever lost the folder finds out before it acknowledges anything.
import {
  cpSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type OwnershipProblem, ownFolder } from "../../src/owned-folder.js";
import { bundleProgram, noNamespaces, type Running, startProgram } from "./processes.js";

const scratch = mkdtempSync(join(tmpdir(), "emrx-owned-"));
let program = "";
beforeAll(async () => {
  program = await bundleProgram(new URL("holder.ts", import.meta.url), scratch);
});
afterAll(() => rmSync(scratch, { recursive: true }));

const running: Running[] = [];
const start = (folder: string, ownNamespace = false): Running => {
  const holder = startProgram(program, [folder], ownNamespace);
  running.push(holder);
  return holder;
};
afterEach(async () => {
  for (const holder of running.splice(0)) {
    holder.child.kill("SIGCONT");
    await holder.kill();
  }
});

let folders = 0;
const freshFolder = (): string => {
  const folder = join(scratch, `folder-${folders++}`);
  mkdirSync(folder);
  return folder;
};
class Problem extends Error {
  readonly kind: OwnershipProblem["kind"];
  constructor({ kind, message, cause }: OwnershipProblem) {
    super(message, { cause });
    this.kind = kind;
  }
}
const own = (folder: string) => ownFolder(folder, (problem) => new Problem(problem));
const lockOf = (folder: string): string => {
  const numbers = readdirSync(join(folder, "owner")).filter((name) => name !== "fence");
  expect(numbers).toHaveLength(1);
  return join(folder, "owner", numbers[0] as string);
};

test("a folder has one owner, in one process and among several", async () => {
  const folder = freshFolder();
  const first = await own(folder);
  first.check();
  await expect(own(folder)).rejects.toMatchObject({ kind: "held" });
  expect(await start(folder).line()).toMatch(/^held: .*close it there first \(process \d+/);
  first.release();
  const second = await own(folder);
  expect(second.formerMayRun).toBe(false);
  expect(() => first.check()).toThrow(expect.objectContaining({ kind: "lost" }));
  first.release(); // gives back nothing that is another's
  second.check();
  await expect(own(folder)).rejects.toMatchObject({ kind: "held" });
  second.release();
});

test("given back, a folder holds no socket, and its owner folder two small files", async () => {
  const folder = freshFolder();
  for (let turn = 1; turn <= 3; turn++) {
    const owner = await own(folder);
    expect(statSync(lockOf(folder)).isSocket()).toBe(true);
    owner.release();
    owner.release();
    expect(readdirSync(join(folder, "owner")).sort()).toEqual([String(turn), "fence"]);
    expect(statSync(lockOf(folder)).isFile()).toBe(true);
  }
  cpSync(folder, `${folder}-copy`, { recursive: true });
  (await own(`${folder}-copy`)).release();
});

test("a holder that was killed is out of the way at once, and its last word is known", async () => {
  const folder = freshFolder();
  for (let kill = 0; kill < 3; kill++) {
    const holder = start(folder);
    expect(await holder.line()).toBe(`owned, former may run: ${kill === 0}`);
    await holder.kill();
  }
  const owner = await own(folder);
  expect(owner.formerMayRun).toBe(false);
  owner.release();
});

test("a dead holder is out of the way though its process id is in use again", async () => {
  const folder = freshFolder();
  const holder = start(folder);
  await holder.line();
  await holder.kill();
  const fence = join(folder, "owner", "fence");
  const said = JSON.parse(readFileSync(fence, "utf8"));
  writeFileSync(fence, JSON.stringify({ ...said, pid: process.pid }));
  const owner = await own(folder);
  owner.check();
  owner.release();
});

test("a holder that is stopped is not displaced, however often it is asked", async () => {
  const folder = freshFolder();
  const holder = start(folder);
  await holder.line();
  holder.child.kill("SIGSTOP");
  // More than its queue of connections holds.
  for (let i = 0; i < 600; i++) await expect(own(folder)).rejects.toMatchObject({ kind: "held" });
  holder.child.kill("SIGCONT");
  expect(await holder.ask("check")).toBe("done");
});

describe.skipIf(noNamespaces() !== undefined)(
  `in PID namespaces of their own (skipped where unshare cannot make them: ${noNamespaces() ?? "here it can"})`,
  () => {
    test("a living holder is not displaced, from outside or from a third namespace", async () => {
      const folder = freshFolder();
      const inside = start(folder, true);
      expect(await inside.line()).toBe("owned, former may run: true");
      await expect(own(folder)).rejects.toMatchObject({ kind: "held" });
      expect(await start(folder, true).line()).toMatch(/^held: /);
      expect(await inside.ask("check")).toBe("done");
      await inside.kill();
      const outside = await own(folder);
      expect(outside.formerMayRun).toBe(false);
      expect(await start(folder, true).line()).toMatch(/^held: /);
      outside.release();
    });
  },
);

test("processes that all want a folder have it one after the other, killed ones in between", async () => {
  const folder = freshFolder();
  const holders = Array.from({ length: 4 }, () => start(folder));
  await Promise.all(holders.map((holder) => holder.line()));
  for (const holder of holders) await holder.ask("release");
  // Some more that fight along and are killed at any moment.
  let fighting = true;
  let killed = 0;
  const victims = (async () => {
    while (fighting) {
      const victim = start(folder);
      await victim.line();
      await victim.ask("fight");
      await new Promise((resolve) => setTimeout(resolve, 5 * (killed % 7)));
      await victim.kill();
      killed++;
    }
  })();
  const lines = await Promise.all(
    holders.map(async (holder) => {
      const said: string[] = [];
      holder.child.stdin?.write("fight\n");
      for (;;) {
        const line = await holder.line();
        said.push(line);
        if (line === "fought") return said;
      }
    }),
  );
  fighting = false;
  await victims;
  expect(killed).toBeGreaterThan(0);
  for (const said of lines) {
    // Every turn was checked and none was lost.
    expect(said.filter((line) => line.startsWith("took"))).toHaveLength(10);
    expect(said.filter((line) => line === "gave")).toHaveLength(10);
    expect(said).toHaveLength(21);
  }
});

describe("whoever lost the folder finds out, and the next owner knows that a former one may run", () => {
  const ways: readonly (readonly [string, (folder: string) => void])[] = [
    ["the lock was deleted by hand", (folder) => rmSync(lockOf(folder))],
    ["lock and fence were", (folder) => rmSync(join(folder, "owner"), { recursive: true })],
    [
      "the folder was renamed and a copy put in its place",
      (folder) => {
        rmSync(lockOf(folder));
        cpSync(folder, `${folder}-copy`, { recursive: true });
        renameSync(folder, `${folder}-old`);
        renameSync(`${folder}-copy`, folder);
      },
    ],
  ];
  test.each(ways)("%s", async (_, lose) => {
    const folder = freshFolder();
    const holder = start(folder);
    await holder.line();
    lose(folder);
    const next = await own(folder);
    expect(next.formerMayRun).toBe(true);
    expect(await holder.ask("check")).toMatch(/^lost: /);
    next.check();
    // What the loser gives back is not the next one's.
    expect(await holder.ask("release")).toBe("done");
    next.check();
    await expect(own(folder)).rejects.toMatchObject({ kind: "held" });
    next.release();
  });

  test.each([
    ["deleted", (folder: string) => rmSync(folder, { recursive: true })],
    ["renamed", (folder: string) => renameSync(folder, `${folder}-elsewhere`)],
    [
      "replaced by a copy of itself",
      (folder: string) => {
        mkdirSync(`${folder}-copy/owner`, { recursive: true });
        cpSync(join(folder, "owner", "fence"), join(`${folder}-copy`, "owner", "fence"));
        renameSync(folder, `${folder}-old`);
        renameSync(`${folder}-copy`, folder);
      },
    ],
    ["without its fence", (folder: string) => rmSync(join(folder, "owner", "fence"))],
  ] as const)("a folder that is %s is lost, though nobody took it", async (_, lose) => {
    const folder = freshFolder();
    const owner = await own(folder);
    lose(folder);
    expect(() => owner.check()).toThrow(expect.objectContaining({ kind: "lost" }));
    owner.release();
  });

  test("a fence of another start of the machine, or of another machine", async () => {
    const folder = freshFolder();
    const holder = start(folder);
    await holder.line();
    await holder.kill();
    const fence = join(folder, "owner", "fence");
    const said = JSON.parse(readFileSync(fence, "utf8"));
    writeFileSync(fence, JSON.stringify({ ...said, machine: "another" }));
    const owner = await own(folder);
    expect(owner.formerMayRun).toBe(true);
    owner.release();
  });
});

test("a folder under other names is the same folder", async () => {
  const folder = freshFolder();
  const alias = `${folder}-alias`;
  symlinkSync(folder, alias);
  const owner = await own(alias);
  await expect(own(folder)).rejects.toMatchObject({ kind: "held" });
  owner.check();
  owner.release();
  (await own(folder)).release();
});

test("a copy of hard links shares the lock, as it shares the files", async () => {
  const folder = freshFolder();
  const copy = freshFolder();
  const owner = await own(folder);
  mkdirSync(join(copy, "owner"));
  for (const name of readdirSync(join(folder, "owner"))) {
    linkSync(join(folder, "owner", name), join(copy, "owner", name));
  }
  await expect(own(copy)).rejects.toMatchObject({ kind: "held" });
  owner.release();
});

test("a path longer than a socket's may be is no hindrance", async () => {
  const folder = join(freshFolder(), "long-".repeat(40), "länger-".repeat(20));
  mkdirSync(folder, { recursive: true });
  const owner = await own(folder);
  await expect(own(folder)).rejects.toMatchObject({ kind: "held" });
  expect(await start(folder).line()).toMatch(/^held: /);
  owner.check();
  owner.release();
  (await own(folder)).release();
});

test("what the system refuses is said, with what to do", async () => {
  const folder = freshFolder();
  await expect(own(join(folder, "missing", "\0"))).rejects.toMatchObject({ kind: "refused" });
  writeFileSync(join(folder, "owner"), "");
  await expect(own(folder)).rejects.toMatchObject({ kind: "refused" });
});
