// Tests of the built site, in `site/`: what `npm run docs` made must be what readers need.
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    name: "site",
    root: fileURLToPath(new URL("docs/site", import.meta.url)),
    include: ["test/**/*.test.ts"],
    reporters: ["default", fileURLToPath(new URL("testkit/plain-reporter.mjs", import.meta.url))],
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
