// A process that takes a folder, says so, and then does what it is told, line by line.
//   node holder.mjs FOLDER
import { writeSync } from "node:fs";
import { createInterface } from "node:readline";
import { ownFolder } from "../../src/owned-folder.js";

const say = (line: string): void => {
  writeSync(1, `${line}\n`);
};
const attempt = async (work: () => unknown): Promise<void> => {
  try {
    say(String((await work()) ?? "done"));
  } catch (error) {
    say((error as Error).message);
  }
};
const fail = ({ kind, message }: { kind: string; message: string }): Error =>
  new Error(`${kind}: ${message}`);

const folder = process.argv[2] as string;
let own: Awaited<ReturnType<typeof ownFolder>> | undefined;
await attempt(async () => {
  own = await ownFolder(folder, fail);
  return `owned, former may run: ${own.formerMayRun}`;
});
for await (const line of createInterface({ input: process.stdin })) {
  if (line === "check") await attempt(() => own?.check());
  if (line === "release") await attempt(() => own?.release());
  // Many processes at once: whoever gets the folder checks it, gives it back, and all begin again.
  if (line === "fight") {
    for (let turn = 0, taken = 0; taken < 10 && turn < 100_000; turn++) {
      try {
        const mine = await ownFolder(folder, fail);
        say(`took ${++taken}`);
        await new Promise((resolve) => setTimeout(resolve, 2));
        mine.check();
        say("gave");
        mine.release();
      } catch (error) {
        if (!/^held: /.test((error as Error).message)) {
          say((error as Error).message);
          break;
        }
      }
    }
    say("fought");
  }
}
