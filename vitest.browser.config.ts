// The same tests in a real Chromium: `npm run test:browser`. Which of them: every test file of the parts below, but for those
// that ask for what only Node has (files, processes, OpenSSL's keys); these say so by an import, or by being *.node.test.ts.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { playwright } from "@vitest/browser-playwright";
import { globSync } from "tinyglobby";
import { defineConfig } from "vitest/config";

const parts = [
  "chain-adapter/test/conformance/memory.test.ts",
  "chain-adapter/test/{identity,blind-tokens,payload,linkability,merkle,codec,contracts,ledger}",
  "ldp-core/test/{exact,random,mechanisms,schema,accounting,records,aggregation,degradation,stores}",
];

/** An import that a browser cannot serve; hashes of node:crypto come from a stand-in. */
const needsNode = /from "(node:(?!crypto")[a-z/_]+|@emrx\/[a-z-]+\/(file|postgres)|ajv\/[^"]+)"/;

const patterns = parts.map((part) => (part.endsWith(".ts") ? part : `${part}/**/*.test.ts`));

const files = globSync(patterns.map((pattern) => `packages/${pattern}`)).filter(
  (file) => !file.endsWith(".node.test.ts") && !needsNode.test(readFileSync(file, "utf8")),
);

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  define: {
    __FC__: JSON.stringify({
      runs: Number(process.env.FC_RUNS || 100),
      seed: process.env.FC_SEED ? Number(process.env.FC_SEED) : undefined,
    }),
    "process.env": "{}",
  },
  resolve: {
    conditions: ["@emrx/source", "browser", "import", "module", "default"],
    alias: {
      "node:crypto": here("testkit/src/browser/node-crypto.ts"),
      buffer: here("testkit/node_modules/buffer/index.js"),
    },
  },
  // All dependencies are prepared before the first test, since finding one later would load the page anew.
  optimizeDeps: { entries: files },
  test: {
    name: "browser",
    include: files,
    setupFiles: [here("testkit/src/browser/setup.ts"), here("testkit/src/setup.ts")],
    reporters: ["default", "./testkit/plain-reporter.mjs"],
    testTimeout: 120_000,
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      provider: playwright({
        launchOptions: {
          executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
          args: [
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
          ],
        },
      }),
      instances: [{ browser: "chromium" }],
    },
  },
});
