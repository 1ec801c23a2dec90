// Every benchmark there is: one line a file, so that esbuild can bundle them.
import chainAdapterFile from "../packages/chain-adapter/bench/file.js";
import chainAdapterPayloads from "../packages/chain-adapter/bench/payloads.js";
import chainAdapterProofs from "../packages/chain-adapter/bench/proofs.js";
import chainAdapterRounds from "../packages/chain-adapter/bench/rounds.js";
import chainAdapterTokens from "../packages/chain-adapter/bench/tokens.js";
import ldpCoreOracles from "../packages/ldp-core/bench/oracles.js";
import ldpCoreRecords from "../packages/ldp-core/bench/records.js";
import matchingAllocation from "../packages/matching/bench/allocation.js";
import matchingMore from "../packages/matching/bench/more.js";
import matchingSolve from "../packages/matching/bench/solve.js";
import qualityStatistics from "../packages/quality/bench/statistics.js";
import baselines from "./baselines.js";
import type { BenchEntry } from "./entry.js";

export { baselines };

/** All entries, the limits first. */
export const entries: readonly BenchEntry[] = [
  ...baselines,
  ...chainAdapterFile,
  ...chainAdapterPayloads,
  ...chainAdapterProofs,
  ...chainAdapterRounds,
  ...chainAdapterTokens,
  ...ldpCoreOracles,
  ...ldpCoreRecords,
  ...matchingAllocation,
  ...matchingMore,
  ...matchingSolve,
  ...qualityStatistics,
];
