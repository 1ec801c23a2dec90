// Signatures, leaves and bundles: what a site and a requester spend on a round.
import { type BenchEntry, benchEntry } from "../../../bench/entry.js";
import {
  createIdentity,
  secretOrder,
  signEd25519,
  verifySignature,
  verifySignatureSync,
} from "../src/identity.js";
import {
  type Batch,
  type BundleFacts,
  buildBatch,
  type ClaimFacts,
  chunkBytes,
  decideClaim,
  oneTimePublicKey,
  openBundle,
  patientScope,
  type SealedBundle,
  sealBundle,
  wrapKey,
} from "../src/payload.js";

const message = new Uint8Array(300).fill(7);
const secretKey = new Uint8Array(32).fill(5);

async function signer() {
  const identity = await createIdentity({ secretKey });
  return { identity, signature: await identity.sign(message) };
}

type Signer = Awaited<ReturnType<typeof signer>>;

function signatures(name: string, work: number, run: (state: Signer) => unknown): BenchEntry {
  return benchEntry({
    name: `chain-adapter/ed25519/${name}/bytes=${message.length}`,
    unit: "signatures",
    work,
    baseline: "limit/mix32",
    setup: signer,
    async run(state) {
      for (let i = 0; i < work; i++) await run(state);
    },
  });
}

const rootSecret = new Uint8Array(32).fill(3);
const id = (digits: string): string => digits.repeat(32);
const scope = { ledger: id("11"), site: id("22"), round: 1, schemaHash: id("00") };

/** A batch of reports of 45 bytes, as large as a record of the studies: 7 attributes out of 7, none of whose bytes matter. */
function batchOf(count: number): Batch {
  const offsets = Uint32Array.from({ length: count + 1 }, (_, i) => i * 45);
  const bytes = new Uint8Array(count * 45);
  for (let i = 0; i < count; i++) bytes.set([1], i * 45);
  for (let i = 0; i < count; i++) bytes.set([1, 0, 0, 0, 0, i, i >> 8, 1, 2, 3, 4, 5], i * 45 + 33);
  return buildBatch({
    ...{ scope, rootSecret, profiles: new Uint32Array(count) },
    patients: secretOrder(rootSecret, patientScope(scope), count),
    reports: { count, bytes, offsets },
  });
}

const leaves = (count: number): BenchEntry =>
  benchEntry({
    name: `chain-adapter/leaves/build/reports=${count}`,
    unit: "leaves",
    work: count,
    baseline: "limit/mix32",
    setup: () => batchOf(1), // the code is warm, and what is measured holds pseudonyms, salts, leaves and root
    run: () => batchOf(count),
  });

const perBundle = 200;
const secret = new Uint8Array(32).fill(9);

interface Sold {
  readonly batch: Batch;
  readonly facts: ClaimFacts;
  readonly sealed: SealedBundle;
}

const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

const seal = ({ batch, facts }: { batch: Batch; facts: BundleFacts }): Promise<SealedBundle> =>
  sealBundle(batch, facts, { secret });

async function bundleState(): Promise<Sold> {
  const batch = batchOf(20_000);
  const facts: BundleFacts = {
    ...{ ...scope, requester: id("33"), suite: 1 },
    chunk: { length: 20, bytes: chunkBytes(20, 45, 20_000), withdrawn: 1 },
    ...{ batchRoot: toHex(batch.root), batchCount: batch.count },
    ranges: [{ from: 4010, to: 4010 + perBundle, profile: 0 }],
    profiles: [{ levels: [0], bytes: [7], disclosed: 1 }],
  };
  const sealed = await seal({ batch, facts });
  const { root, keyCommitment, key } = sealed;
  const granted = { ...facts, root, keyCommitment, oneTimeKey: await oneTimePublicKey(secret) };
  return { batch, sealed, facts: { ...granted, wrappedKey: await wrapKey(granted, key) } };
}

function bundles(name: string, run: (state: Sold) => unknown): BenchEntry {
  return benchEntry({
    name: `chain-adapter/bundles/${name}/reports=${perBundle}`,
    unit: "bundles",
    work: 50,
    baseline: "limit/mix32",
    setup: bundleState,
    async run(state) {
      for (let i = 0; i < 50; i++) await run(state);
    },
  });
}

const payloads: readonly BenchEntry[] = [
  signatures("sign", 500, ({ identity }) => identity.sign(message)),
  signatures("verify", 500, ({ identity, signature }) =>
    verifySignature(identity, message, signature),
  ),
  signatures("sign-portable", 50, () => signEd25519(secretKey, message)),
  signatures("verify-portable", 50, ({ identity, signature }) =>
    verifySignatureSync(identity, message, signature),
  ),
  leaves(2_000),
  leaves(20_000),
  leaves(200_000),
  bundles("seal", seal),
  bundles("open", ({ sealed, facts }) => openBundle(facts, sealed.content, secret)),
  bundles("claim", ({ facts }) => decideClaim(facts, { kind: "key", secret: toHex(secret) })),
];
export default payloads;
