import { defineConfig } from "tsup";

export default defineConfig({
  entry: [
    "src/index.ts",
    "src/accounting.ts",
    "src/aggregation.ts",
    "src/allocation.ts",
    "src/audit.ts",
    "src/degradation.ts",
    "src/errors.ts",
    "src/exact.ts",
    "src/file.ts",
    "src/large-domain.ts",
    "src/longitudinal.ts",
    "src/mechanisms.ts",
    "src/random.ts",
    "src/records.ts",
    "src/schema.ts",
    "src/stores.ts",
  ],
  format: ["esm", "cjs"],
  dts: { compilerOptions: { ignoreDeprecations: "6.0" } },
  sourcemap: true,
  clean: true,
  target: "es2022",
  tsconfig: "tsconfig.json",
});
