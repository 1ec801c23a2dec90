import checks from "./checks.cjs";
import entries from "./entries.cjs";

for (const each of entries.packages) {
  const loaded = each.entries.map(async (entry) => [entry, await import(entry)]);
  checks.check(each, Object.fromEntries(await Promise.all(loaded)));
}
await checks.checkErrors((entry) => import(entry));
