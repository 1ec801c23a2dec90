// A batch: the reports that one site publishes in one round, and the leaves that commit to them.
import {
  bytes,
  coded,
  deferred,
  guard,
  object,
  type Shape,
  satisfying,
  secret,
  typedArray,
} from "@emrx/internal/shape";
import { check } from "../errors/check.js";
import { LedgerError } from "../errors.js";
import {
  derivePseudonyms,
  keyWriter,
  type PseudonymScope,
  scopeKey,
} from "../identity/pseudonym.js";
import { MerkleTree } from "../merkle/tree.js";
import { type LeafScope, leafHasher, leafHashInto, leafScope } from "./leaf.js";
import { type Reports, reportsShape } from "./reports.js";

/** What a batch is made from. Row i of everything is leaf i of the tree. */
export interface BatchInput {
  /** Ledger, site, round and schema. A scope makes one batch: the same scope again uses the same salts. */
  readonly scope: LeafScope;
  /** At least 32 random bytes of the site: pseudonyms and salts come from it. */
  readonly rootSecret: Uint8Array;
  /** The site's own number of each patient, each at most once; in a secret order within each class (`secretOrder`). */
  readonly patients: Uint32Array;
  /** What each patient chose: index into the publication's profiles. */
  readonly profiles: Uint32Array;
  /** The randomized reports. */
  readonly reports: Reports;
}

const inputShape: Shape<BatchInput> = /* @__PURE__ */ deferred(() =>
  satisfying(
    object({
      scope: leafScope,
      rootSecret: secret(coded("EMRX_INVALID_KEY", bytes(32, Number.MAX_SAFE_INTEGER))),
      patients: secret(typedArray("Uint32Array")),
      profiles: typedArray("Uint32Array"),
      reports: reportsShape,
    }),
    ({ patients, profiles, reports }) =>
      patients.length === reports.count && profiles.length === reports.count,
    "an object whose patients and profiles are one number a report",
  ),
);

/** A batch as the site keeps it until its reports are sold. Row i of every column is leaf i. */
export interface Batch {
  readonly scope: LeafScope;
  /** Number of reports. */
  readonly count: number;
  /** 32 bytes a row. */
  readonly pseudonyms: Uint8Array<ArrayBuffer>;
  /** One index a row. */
  readonly profiles: Uint32Array;
  /** 32 secret bytes a row. */
  readonly salts: Uint8Array<ArrayBuffer>;
  /** The randomized reports. */
  readonly reports: Reports;
  /** The leaves. */
  readonly tree: MerkleTree;
  /** Merkle root over the leaves, 32 bytes: what goes on the ledger. */
  readonly root: Uint8Array<ArrayBuffer>;
}

const made: WeakSet<object> = /* @__PURE__ */ new WeakSet();

/** A batch that `buildBatch` made, and nothing that looks like one. */
export const batchShape: Shape<Batch> = /* @__PURE__ */ guard(
  (value): value is Batch => typeof value === "object" && value !== null && made.has(value),
  "a batch from buildBatch",
);

/**
 * The scope of the pseudonyms of a site's patients in a round.
 *
 * @param scope ledger, site, round and schema
 * @returns what `derivePseudonym` and `secretOrder` take
 * @throws LedgerError `EMRX_INVALID_BATCH` for a malformed scope
 */
export function patientScope(scope: LeafScope): PseudonymScope {
  const { ledger, site, round } = check(leafScope, scope, "scope", "EMRX_INVALID_BATCH");
  return { domain: `${ledger}/${site}`, round, role: "publisher" };
}

function requireDistinct(patients: Uint32Array): void {
  const sorted = patients.slice().sort();
  for (let i = 1; i < sorted.length; i++) {
    if (sorted[i] !== sorted[i - 1]) continue;
    throw new LedgerError(
      "EMRX_INVALID_BATCH",
      "patients holds a patient twice; a patient publishes at most one report a round.",
    );
  }
}

/**
 * Commits to the reports of a round: derives pseudonyms and salts, hashes the leaves and their root. Columns in,
 * columns out; 253,680 reports take about half a second.
 *
 * @param input scope, secret, patients, profiles and reports
 * @returns the batch; `root` goes on the ledger
 * @throws LedgerError `EMRX_INVALID_BATCH` if columns disagree, a patient occurs twice or there is no report;
 * `EMRX_INVALID_KEY` for a malformed secret
 * @example
 * ```ts
 * import { buildBatch } from "@emrx/chain-adapter/payload";
 *
 * const batch = buildBatch({
 *   scope: { ledger: "11".repeat(32), site: "22".repeat(32), round: 1, schemaHash: "33".repeat(32) },
 *   rootSecret: crypto.getRandomValues(new Uint8Array(32)),
 *   patients: Uint32Array.of(7, 3),
 *   profiles: Uint32Array.of(0, 0),
 *   reports: { count: 2, bytes: Uint8Array.of(1, 0, 2), offsets: Uint32Array.of(0, 1, 3) },
 * });
 * batch.tree.size; // => 2
 * ```
 */
export function buildBatch(input: BatchInput): Batch {
  const { scope, rootSecret, patients, profiles, reports } = check(
    inputShape,
    input,
    "input",
    "EMRX_INVALID_BATCH",
  );
  const { count, offsets } = reports;
  requireDistinct(patients);
  const hasher = leafHasher(scope);
  const names = patientScope(scope);
  const pseudonyms = derivePseudonyms(rootSecret, names, patients);
  const writeSalt = keyWriter(scopeKey(rootSecret, names), "salt");
  const salts = new Uint8Array(count * 32);
  const leaves = new Uint8Array(count * 32);
  const parts = { pseudonyms, salts, reports: reports.bytes };
  for (let i = 0, at = 0; i < count; i++, at += 32) {
    writeSalt(patients[i] as number, salts, at);
    const [profile, start, end] = [profiles[i], offsets[i], offsets[i + 1]] as [
      number,
      number,
      number,
    ];
    leafHashInto(hasher, parts, at, profile, start, end, leaves, at);
  }
  const tree = new MerkleTree(leaves);
  const batch = { scope, count, pseudonyms, profiles, salts, reports, tree, root: tree.root() };
  made.add(batch);
  return batch;
}
