// The ledger in files passes every case that applies to it.
import { fileHarness } from "./harnesses.js";
import { runKit } from "./run-kit.js";

await runKit(fileHarness(), 69);
