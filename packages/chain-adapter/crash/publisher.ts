// The child of the crash test: publishes to a file ledger without end and prints the id of every acknowledged call.
import { createGenesis, createIdentity, type Identity, signCall } from "@emrx/chain-adapter";
import { openFileLedger } from "@emrx/chain-adapter/file";

/** Who publishes, and signs checkpoints and snapshots. */
export const publisher = (): Promise<Identity> =>
  createIdentity({ secretKey: new Uint8Array(32).fill(7) });

/** How a publisher begins. */
interface Start {
  /** Begin a new ledger. */
  readonly found: boolean;
  /** Another process wants the folder too: wait until it can be had, and again when it is lost. */
  readonly fights: boolean;
}

/** Publishes until killed. `run` keeps the keys of different runs apart. */
export async function publish(folder: string, run: string, start: Start): Promise<never> {
  const site = await publisher();
  for (let life = 0; ; life++) {
    try {
      await publishOnce(folder, `${run}-${life}`, start.found, site);
    } catch (error) {
      const code = (error as { code?: unknown }).code;
      if (!start.fights || (code !== "EMRX_LOCKED" && code !== "EMRX_OWNERSHIP_LOST")) throw error;
      if (code === "EMRX_OWNERSHIP_LOST") process.stdout.write("lost\n");
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}

async function publishOnce(
  folder: string,
  run: string,
  found: boolean,
  site: Identity,
): Promise<never> {
  const ledger = await openFileLedger(folder, {
    // Small segments, so that kills also fall on the change from one to the next.
    segmentBytes: 64 << 10,
    snapshotEvery: 20,
    signer: site,
    ...(found ? { genesis: createGenesis({ name: "crash", salt: "00".repeat(32) }) } : {}),
  });
  process.stdout.write("open\n");
  try {
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
  } finally {
    await ledger.close();
  }
}
