import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const conditions = ["@emrx/source", "import", "module", "default"];

const number = (value: string | undefined): number | undefined =>
  value ? Number(value) : undefined;

const setup = fileURLToPath(new URL("testkit/src/setup.ts", import.meta.url));

export default defineConfig({
  define: {
    __FC__: JSON.stringify({
      runs: number(process.env.FC_RUNS),
      seed: number(process.env.FC_SEED),
    }),
  },
  resolve: { conditions },
  ssr: { resolve: { conditions: [...conditions, "node"], externalConditions: ["node", "import"] } },
  test: {
    reporters: ["default", "./testkit/plain-reporter.mjs"],
    projects: [
      ...readdirSync("packages").map((name) => `packages/${name}`),
      ...readdirSync("examples").map((name) => `examples/${name}`),
      "bench",
      "docs",
      "scripts",
    ].map((root) => ({
      extends: true as const,
      test: {
        name: root.split("/").at(-1) ?? root,
        root,
        include: ["test/**/*.test.ts"],
        setupFiles: [setup],
        // Only a guard against hanging: on a busy machine anything can take a while.
        testTimeout: 120_000,
      },
    })),
    coverage: {
      provider: "v8",
      include: ["packages/*/src/**/*.ts"],
      reporter: ["text", "html", "json-summary"],
      thresholds: { statements: 93, branches: 85, functions: 94, lines: 94 },
    },
  },
});
