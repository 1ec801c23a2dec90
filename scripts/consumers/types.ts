// What an application does with the packages must compile with its own TypeScript: bytes go to `fetch`, `Blob` and WebCrypto as they
// are, and names are those of its schema.
import { createIdentity } from "@emrx/chain-adapter";
import { merkleLeafHash } from "@emrx/chain-adapter/merkle";
import type { Batch, ContentStore } from "@emrx/chain-adapter/payload";
import { createAggregator, createRandomizer, defineSchema, memoryStore } from "@emrx/ldp-core";
import { oue } from "@emrx/ldp-core/mechanisms";
import type { Store } from "@emrx/ldp-core/stores";

const schema = defineSchema({
  id: "visit",
  version: 1,
  levels: { usual: "1" },
  attributes: { smoker: { type: "categorical", values: ["no", "yes"], level: "usual" } },
  disclose: "all",
});

/** Bytes of every kind that leave the packages, each to where bytes go. */
export async function send(url: string, batch: Batch): Promise<void> {
  const memory = memoryStore();
  const randomizer = createRandomizer(schema, {
    subject: "patient 1",
    lifetimeBudget: "1",
    memory,
  });
  const report = await randomizer.randomize({ smoker: "yes" });
  await fetch(url, { method: "POST", body: report });
  new Blob([
    report,
    createAggregator(schema).toBytes(),
    oue({ categories: 3, epsilon: "1" }).randomize(1),
  ]);
  await crypto.subtle.digest("SHA-256", report);

  const identity = await createIdentity();
  await crypto.subtle.digest("SHA-256", batch.root);
  new Blob([identity.publicKey, await identity.sign(report), batch.salts, merkleLeafHash(report)]);

  const study = createAggregator(schema);
  // @ts-expect-error no such attribute
  study.estimate("nope");
  study.estimate("smoker").labels satisfies readonly ("no" | "yes")[];
  for (const bytes of await memory.read(["a"])) if (bytes) new Blob([bytes]);
}

/** Stores over the network: what they are given is sent as it is. */
export const remoteStore = (url: string): Pick<Store, "write"> & Pick<ContentStore, "put"> => ({
  async write(writes) {
    const parts = writes.flatMap(({ expected, bytes }) => [expected ?? "", bytes]);
    return (await fetch(url, { method: "POST", body: new Blob(parts) })).ok;
  },
  async put(bytes) {
    return (await fetch(url, { method: "PUT", body: bytes })).text() as ReturnType<
      ContentStore["put"]
    >;
  },
});
