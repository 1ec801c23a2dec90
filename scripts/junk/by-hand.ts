// npm run junk -- PACKAGE [NAME-PART]: what throws raw errors or shows what is secret, and for which arguments.
import { findings } from "./run.js";

const [name = "ldp-core", part = ""] = process.argv.slice(2);
const found = await findings(process.cwd(), name, part);
for (const { name, raw, telling } of found) {
  if (raw.length > 0) console.log(`${name}: ${raw.length} raw errors`);
  for (const each of raw.slice(0, part === "" ? 1 : 20)) console.log(`    ${each}`);
  if (telling.length > 0) console.log(`${name}: ${telling.length} errors show what is secret`);
  for (const each of telling.slice(0, part === "" ? 1 : 20)) console.log(`    ${each}`);
}
const bad = found.filter(({ raw }) => raw.length > 0);
console.log(
  `${name}: ${found.length} functions and methods, ${found.reduce((sum, { cases }) => sum + cases, 0)} calls; ` +
    `${bad.reduce((sum, { raw }) => sum + raw.length, 0)} raw errors in ${bad.length}; ` +
    `${found.reduce((sum, { telling }) => sum + telling.length, 0)} show what is secret`,
);
