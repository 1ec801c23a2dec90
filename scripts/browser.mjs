// Runs the tests that need no Node in a real Chromium: `npm run test:browser [-- FILE-PART ...]`. CHROMIUM names another
// executable than Debian's; where there is none, root on Debian installs it. `-c CONFIG` runs other tests than the libraries'.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

const chromium = process.env.CHROMIUM || "/usr/bin/chromium";

function install() {
  if (process.env.CHROMIUM || process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get")) return;
  const apt = (...parameters) =>
    spawnSync("apt-get", parameters, {
      stdio: "inherit",
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    }).status === 0;
  const wanted = ["install", "-yq", "--no-install-recommends", "chromium"];
  if (!apt(...wanted)) apt("update", "-q") && apt(...wanted);
}

if (!existsSync(chromium)) install();
if (existsSync(chromium)) {
  const given = process.argv.slice(2);
  const config = given[0] === "-c" ? given : ["-c", "vitest.browser.config.ts", ...given];
  const vitest = ["vitest", "run", ...config];
  process.exitCode = spawnSync("npx", vitest, { stdio: "inherit" }).status ?? 1;
} else {
  console.error(
    `EMRX_NO_BROWSER: there is no ${chromium}, and only root on Debian can install it; install Chromium and name it in CHROMIUM.`,
  );
  process.exitCode = 1;
}
