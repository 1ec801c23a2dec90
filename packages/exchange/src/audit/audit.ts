// The audit of an exchange, from the raw log, the store and a trusted checkpoint: what these three decide is found, with
// culprit and evidence; what they cannot decide is listed, with the reason.
import {
  auditLedger,
  type ChainAdapter,
  type Checkpoint,
  type LedgerAudit,
} from "@emrx/chain-adapter";
import { type PairView, parseSignedCall } from "@emrx/chain-adapter/calls";
import { decodeCanonical } from "@emrx/chain-adapter/codec";
import { answer } from "@emrx/chain-adapter/contracts";
import type { LedgerAuditCheck } from "@emrx/chain-adapter/ledger";
import { type ContentStore, contentFits } from "@emrx/chain-adapter/payload";
import {
  signal as abortSignal,
  arrayOf,
  deferred,
  fn,
  integer,
  object,
  optional,
  type Shape,
  text,
} from "@emrx/internal/shape";
import { check, ledgerShape, storeShape } from "../errors/check.js";
import { contentOf } from "../ledger/content.js";
import type { DefinedPublication } from "../publication/define.js";
import { publicationShape } from "../publication/shape.js";
import { bundleFacts, type Round } from "../round/read.js";
import { blockingLots } from "./blocking.js";

/** What an audit looks at. */
export interface AuditOptions {
  /** Where the raw log comes from. Of what it says itself, nothing is believed. */
  readonly ledger: ChainAdapter;
  readonly store: ContentStore;
  /** What the auditor computed from schemas: rounds of any other publication are named. */
  readonly publications: readonly DefinedPublication[];
  /** A checkpoint kept elsewhere, which the log must still contain. */
  readonly trustedCheckpoint?: Checkpoint;
  /** The moment of the audit, milliseconds since 1970; the time of the last entry unless given. */
  readonly time?: number;
  /** Patients, spread over all lots, whose own preferences are looked at; 2,000 unless given. */
  readonly patients?: number;
  /** Called as rounds are done. */
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

const optionsShape: Shape<unknown> = /* @__PURE__ */ deferred(() =>
  object({
    ledger: ledgerShape,
    store: storeShape,
    publications: arrayOf(publicationShape),
    trustedCheckpoint: optional(
      object({ ledger: text(), size: integer(0), root: text(), time: integer(0) }),
    ),
    time: optional(integer(0)),
    patients: optional(integer(0)),
    onProgress: optional(fn()),
    signal: optional(abortSignal()),
  }),
);

/** Something that a party did, or did not do, against the rules. */
export interface Finding {
  readonly round: number;
  /** Name of the party, 64 hexadecimal digits. */
  readonly culprit: string;
  readonly kind:
    | "publication"
    | "no-share"
    | "not-granted"
    | "not-released"
    | "content-wrong"
    | "content-kept"
    | "proven-wrong";
  /** What shows it. */
  readonly evidence: string;
}

/** Something that log, store and checkpoint do not decide. */
export interface Undecided {
  readonly round: number;
  readonly parties: readonly string[];
  readonly what: string;
  readonly why: string;
}

/** A bundle that is open to all, since its requester showed its one-time secret with a claim. It is no fault. */
export interface Opened {
  readonly round: number;
  /** The key that signed the claim. */
  readonly requester: string;
  readonly site: string;
  /** Place of the claim in the log. */
  readonly entry: number;
}

/** What an audit found. */
export interface ExchangeAudit {
  /** Whether everything that the ledger says follows from its entries, and every matching is stable. Findings may remain. */
  readonly passed: boolean;
  readonly checks: readonly LedgerAuditCheck[];
  readonly findings: readonly Finding[];
  readonly undecided: readonly Undecided[];
  readonly opened: readonly Opened[];
  readonly ledger: LedgerAudit;
  /** Pairs of lot and requester that block a matching: 0 for stable ones. */
  readonly blockingLots: number;
  /** Contents whose chunks were compared with their grants. */
  readonly contents: number;
}

/**
 * Audits a ledger and what it points to: replays it from the genesis on, so that every matching, payment and decision of a
 * claim is computed again; looks for blocking lots by true preferences; compares contents with grants; names whoever failed
 * its part, with what shows it.
 *
 * What it cannot show: that a site keeps its accountant honestly; whether content was in the store when somebody
 * reported it missing; whether well-formed reports were invented.
 *
 * @param options - ledger, store, publications, a checkpoint kept elsewhere
 * @returns checks, findings and what cannot be decided; an audit that fails does not throw
 * @throws LedgerError where the ledger cannot be read at all
 * @example
 * ```ts
 * import { createGenesis, memoryLedger } from "@emrx/chain-adapter";
 * import { createMemoryContentStore } from "@emrx/chain-adapter/payload";
 * import { auditExchange } from "@emrx/exchange";
 *
 * const ledger = await memoryLedger({ genesis: createGenesis({ name: "trial" }) });
 * (await auditExchange({ ledger, store: createMemoryContentStore(), publications: [] })).passed; // => true
 * ```
 */
export async function auditExchange(options: AuditOptions): Promise<ExchangeAudit> {
  check(optionsShape, options, "options");
  const { ledger, publications, trustedCheckpoint, onProgress, signal } = options;
  const log = await auditLedger(
    ledger,
    trustedCheckpoint === undefined ? {} : { trustedCheckpoint },
  );
  const { state, checkpoint } = log.replay;
  const time = Math.max(checkpoint.time, options.time ?? 0);
  const checks: LedgerAuditCheck[] = [...log.checks];
  const findings: Finding[] = [];
  const undecided: Undecided[] = [];
  let [blocking, contents] = [0, 0];
  const numbers = answer(state, { type: "round.list" }, time);
  for (const [i, number] of numbers.entries()) {
    signal?.throwIfAborted();
    onProgress?.(i, numbers.length);
    const view = answer(state, { type: "round.state", round: number, time }, time);
    const { publication = "" } = view ?? {};
    const document = answer(state, { type: "publication.document", publication }, time)?.document;
    if (view === null || document === undefined) continue;
    const round: Round = { ...view, ledger: checkpoint.ledger, document };
    const found = blockingLots(round, options.patients ?? 2000);
    blocking += found.blocking;
    checks.push({
      name: `round ${number}: the allocation is stable by true preferences`,
      passed: found.blocking + found.blockingPatients + found.violations === 0,
      detail: `${round.pairs.length} pairs, ${found.blocking} blocking lots, ${found.blockingPatients} blocking pairs of ${found.patients} patients, ${found.violations} bounds broken`,
    });
    findings.push(...deeds(round, publications, time));
    const seen = await lookAtContents(options.store, round);
    contents += seen.contents;
    findings.push(...seen.findings);
    undecided.push(...seen.undecided);
    onProgress?.(i + 1, numbers.length);
  }
  return {
    passed: checks.every(({ passed }) => passed),
    opened: await openedBy(ledger, log),
    ...{ checks, findings, undecided, ledger: log, blockingLots: blocking, contents },
  };
}

/** What parties did and did not do, by the log alone. */
function deeds(round: Round, publications: readonly DefinedPublication[], time: number): Finding[] {
  const { round: number, phase, windows, document } = round;
  const findings: Finding[] = [];
  const add = (culprit: string, kind: Finding["kind"], evidence: string): void => {
    findings.push({ round: number, culprit, kind, evidence });
  };
  if (!publications.some(({ hash }) => hash === round.publication))
    add(
      round.opener,
      "publication",
      `round ${number} is held under publication ${round.publication} (${document.name}), whose tables are not those of a schema that the auditor knows`,
    );
  if (time >= windows.seed)
    for (const { seeder, share } of round.seeders)
      if (share === undefined)
        add(seeder, "no-share", `committed to a share, and showed none until ${windows.seed}`);
  if (phase === "void") return findings;
  for (const { site, requester, grant, read, wrappedKey, revoked, claimed } of round.pairs) {
    const of = `to ${requester}`;
    if (time >= windows.grant && grant === undefined)
      add(site, "not-granted", `was matched, and granted nothing ${of} until ${windows.grant}`);
    else if (claimed !== undefined)
      add(site, "proven-wrong", `what it released ${of} was proven wrong by a ${claimed} claim`);
    else if (
      time >= windows.release &&
      read?.decision === "permit" &&
      wrappedKey === undefined &&
      revoked === undefined
    )
      add(
        site,
        "not-released",
        `the read was permitted, and no key came ${of} until ${windows.release}`,
      );
  }
  return findings;
}

/** Requesters that showed a one-time secret, in vain or not. */
async function openedBy(ledger: ChainAdapter, { entries, replay }: LedgerAudit): Promise<Opened[]> {
  const opened: Opened[] = [];
  for await (const { index, bytes } of ledger.entries(1, entries)) {
    const { kind } = replay.outcomes[index] ?? { kind: "invalid" };
    if (kind !== "accepted" && kind !== "rejected") continue;
    const { call, signer } = parseSignedCall(decodeCanonical(bytes));
    for (const one of call.type === "ledger.batch" ? call.calls : [call])
      if (one.type === "access.claim" && one.evidence.kind === "key")
        opened.push({ round: one.round, requester: signer, site: one.site, entry: index });
  }
  return opened;
}

async function lookAtContents(
  store: ContentStore,
  round: Round,
): Promise<{ contents: number; findings: Finding[]; undecided: Undecided[] }> {
  const findings: Finding[] = [];
  const undecided: Undecided[] = [];
  let contents = 0;
  const listed = (pair: PairView, what: string, why: string): void => {
    undecided.push({ round: round.round, parties: [pair.site, pair.requester], what, why });
  };
  for (const pair of round.pairs) {
    const { site, grant } = pair;
    if (grant === undefined) continue;
    const content = await contentOf(store, grant.root);
    if (pair.missing)
      listed(
        pair,
        "the content was reported missing",
        "the log has no time at which content came into the store: the site may have uploaded none, or the requester may lie; both lost the same bond",
      );
    if (content === undefined) {
      if (pair.wrappedKey !== undefined)
        listed(
          pair,
          "the released content is not in the store",
          "whoever reads has fetched before, and a site may delete afterwards: the log does not tell",
        );
      continue;
    }
    contents++;
    if (!contentFits({ ...bundleFacts(round, pair), root: grant.root }, content))
      findings.push({
        ...{ round: round.round, culprit: site, kind: "content-wrong" },
        evidence: `the content under ${grant.root} has not the chunks that the allocation gives to ${pair.requester}`,
      });
    if (pair.revoked === "before")
      findings.push({
        ...{ round: round.round, culprit: site, kind: "content-kept" },
        evidence: `revoked the grant to ${pair.requester} before its key was released, and the content ${grant.root} is still in the store`,
      });
  }
  return { contents, findings, undecided };
}
