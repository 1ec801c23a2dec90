// The tests of the one package that scripts/mutation.mjs mutates: its own, without those that only repeat them on real data.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import type { Reporter, Vitest } from "vitest/node";

const [name = "ldp-core"] = (process.env.EMRX_MUTATE ?? "").split(" ");
const root = `packages/${name}`;
const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const conditions = ["@emrx/source", "import", "module", "default"];

/** A test that imports the package by name must meet the mutated copy too. */
const entries = Object.entries(
  (
    JSON.parse(readFileSync(here(`${root}/package.json`), "utf8")) as {
      exports: Record<string, { "@emrx/source"?: string }>;
    }
  ).exports,
).flatMap(([path, entry]) =>
  entry["@emrx/source"] === undefined
    ? []
    : [
        {
          find: new RegExp(`^@emrx/${name}${path.slice(1)}$`),
          replacement: here(`${root}/${entry["@emrx/source"]}`),
        },
      ],
);

/**
 * A test file that a mutant keeps from loading has no failed test, and Stryker would count the mutant as not noticed. Reported as
 * an error of the run, it is left out of the score.
 */
function unloadedFiles(): Reporter {
  let vitest: Vitest;
  return {
    onInit(context) {
      vitest = context;
    },
    onTestModuleEnd(file) {
      for (const error of file.errors()) vitest.state.errorsSet.add(error);
    },
  };
}

export default defineConfig({
  define: {
    // That a law fails is enough: nobody looks at the counterexample, so none is made small.
    __FC__: JSON.stringify({
      runs: Number(process.env.FC_RUNS ?? 12),
      seed: 7,
      endOnFailure: true,
    }),
  },
  resolve: { conditions, alias: entries },
  ssr: { resolve: { conditions: [...conditions, "node"], externalConditions: ["node", "import"] } },
  test: {
    root,
    include: ["test/**/*.test.ts"],
    exclude: (process.env.EMRX_MUTATE_WITHOUT ?? "").split(" ").filter(Boolean),
    setupFiles: [here("testkit/src/setup.ts")],
    testTimeout: 120_000,
    reporters: [unloadedFiles()],
  },
});
