// The child of the crash test: publishes to a file ledger without end and prints the id of every acknowledged call.
import { createGenesis, createIdentity, type Identity, signCall } from "@emrx/chain-adapter";
import { openFileLedger } from "@emrx/chain-adapter/file";

/** Who publishes, and signs checkpoints and snapshots. */
export const publisher = (): Promise<Identity> =>
  createIdentity({ secretKey: new Uint8Array(32).fill(7) });

/** Publishes until killed. `run` keeps the keys of different runs apart; `found`: begin a new ledger. */
export async function publish(folder: string, run: string, found: boolean): Promise<never> {
  const site = await publisher();
  const ledger = await openFileLedger(folder, {
    // Small segments, so that kills also fall on the change from one to the next.
    segmentBytes: 64 << 10,
    snapshotEvery: 20,
    signer: site,
    ...(found ? { genesis: createGenesis({ name: "crash", salt: "00".repeat(32) }) } : {}),
  });
  process.stdout.write("open\n");
  for (let i = 0; ; i++) {
    const batch = await Promise.all(
      Array.from({ length: 1 + (i % 7) }, (_, j) =>
        signCall(
          ledger.id,
          site,
          {
            type: "access.setPolicy",
            policyId: `${run}-${i}-${j}`,
            version: 1,
            schemaHash: "ab".repeat(32),
            rules: [],
          },
          { key: `${run}-${i}-${j}` },
        ),
      ),
    );
    const outcomes = await ledger.submitBatch(batch);
    const ids = outcomes.map((outcome) => {
      if (!outcome.accepted) throw outcome.error;
      return `${outcome.receipt.index} ${outcome.receipt.id}\n`;
    });
    process.stdout.write(ids.join(""));
  }
}
