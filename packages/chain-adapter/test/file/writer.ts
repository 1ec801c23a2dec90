// A process that opens a ledger's folder, says so, and appends or checks when it is told to, line by line.
//   node writer.mjs FOLDER NAME
import { writeSync } from "node:fs";
import { createInterface } from "node:readline";
import { type FileLog, openFileLog } from "../../src/file.js";

const [folder, name] = process.argv.slice(2) as [string, string];
const say = (line: string): void => {
  writeSync(1, `${line}\n`);
};
const attempt = async (work: () => Promise<string>): Promise<void> => {
  try {
    say(await work());
  } catch (error) {
    say(String((error as { code?: unknown }).code));
  }
};
let log: FileLog | undefined;
const open = (): Promise<void> =>
  attempt(async () => {
    log = await openFileLog(folder, { segmentBytes: 4000 });
    return "open";
  });
await open();
let count = 0;
for await (const line of createInterface({ input: process.stdin })) {
  if (line === "append") {
    const text = `${name} ${count++} ${"x".repeat(100)}`;
    await attempt(async () => `${await log?.append([new TextEncoder().encode(text)])} ${text}`);
  }
  if (line === "close") {
    await attempt(async () => {
      await log?.close();
      return "closed";
    });
  }
  if (line === "open") await open();
}
