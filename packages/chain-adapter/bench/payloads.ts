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
  buildBatch,
  checkLeafList,
  createRecipient,
  type LeafList,
  openBundle,
  type Recipient,
  type SealedBundle,
  sealBundle,
  selectBundle,
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
const scope = { domain: "bench/site", round: 1, role: "publisher" };

/** A batch of reports of 45 bytes, as large as a record of the studies. */
function batchOf(count: number): Batch {
  const bytes = new Uint8Array(count * 45).map((_, i) => i * 31);
  const offsets = Uint32Array.from({ length: count + 1 }, (_, i) => i * 45);
  return buildBatch({
    ...{ schemaHash: new Uint8Array(32), rootSecret, scope, consent: new Uint8Array(32) },
    patients: secretOrder(rootSecret, scope, count),
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
const ids = { ledger: "11".repeat(32), site: "22".repeat(32), requester: "33".repeat(32) };

interface Sealed {
  readonly batch: Batch;
  readonly rows: readonly number[];
  readonly lab: Recipient;
  readonly list: LeafList;
  readonly sealed: SealedBundle;
}

const seal = ({ batch, rows, lab }: Omit<Sealed, "sealed">): Promise<SealedBundle> =>
  sealBundle(selectBundle(batch, rows), { ...ids, recipient: lab.publicKey });

async function bundleState(): Promise<Sealed> {
  const batch = batchOf(20_000);
  const rows = Array.from({ length: perBundle }, (_, i) => i * 97);
  const lab = await createRecipient();
  const list = checkLeafList(batch.leaves, toHex(batch.root), batch.count);
  return { batch, rows, lab, list, sealed: await seal({ batch, rows, lab, list }) };
}

const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

function bundles(name: string, run: (state: Sealed) => Promise<unknown>): BenchEntry {
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
  bundles("open", ({ sealed, lab, list }) =>
    openBundle(sealed, sealed.statement, lab, { batch: list }),
  ),
];
export default payloads;
