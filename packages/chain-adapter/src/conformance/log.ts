// Cases 50 to 63: damage to the log, and proofs.

import { fromHex } from "../codec/hex.js";
import { callId } from "../codec/signed-call.js";
import { auditLedger } from "../ledger/audit-ledger.js";
import { entryLeafHash } from "../ledger/entry.js";
import type { Checkpoint, InclusionProof } from "../ledger/port.js";
import { verifyConsistencyProof, verifyInclusionProof } from "../ledger/proofs.js";
import { merkleLeafHash, verifyConsistency, verifyInclusion } from "../merkle.js";
import { type CaseText, can } from "./case.js";
import type { CaseNeeds, Damage, DiskFault } from "./harness.js";
import { bytes32, check, codeOf, type Market, refused, same } from "./market.js";

async function fill(market: Market, count: number): Promise<void> {
  const calls = await Promise.all(
    Array.from({ length: count }, (_, i) =>
      market.sign("siteA", market.policy({ policyId: `fill-${i}` })),
    ),
  );
  for (const call of calls) await market.ledger.submit(call);
}

function damageCase(number: number, title: string, damage: Damage): CaseText {
  return {
    number,
    title,
    needs: can("damage", "reopen"),
    async run(market) {
      await fill(market, 12);
      await market.ledger.close();
      await market.harness.damage?.(market.ledger, damage);
      const reopened = (async () => {
        const ledger = await market.harness.reopen?.(market.ledger);
        await ledger?.close();
      })();
      const code = await codeOf(reopened, `opening after: ${title}`);
      same(code, "EMRX_DAMAGED", "code");
    },
  };
}

/**
 * A disk fails under an open ledger. Nothing is acknowledged from then on, not even what might be on the disk; after it is
 * opened again, all that was acknowledged is there, and the call that failed is there once or not at all, as its status
 * says.
 */
function diskCase(number: number, title: string, fault: DiskFault): CaseText {
  return {
    number,
    title: `${title}: nothing more is acknowledged, and nothing acknowledged is lost`,
    needs: can("failDisk", "reopen"),
    async run(market) {
      await fill(market, 3);
      const before = await market.ledger.checkpoint();
      market.harness.failDisk?.(market.ledger, fault);
      const [call, later] = [
        await market.sign("siteA", market.policy()),
        await market.sign("siteB", market.policy()),
      ];
      await refused(market.ledger.submit(call), "EMRX_STORAGE", "a call while the disk fails");
      await refused(market.ledger.submit(later), "EMRX_STORAGE", "a call after that");
      const { state } = await market.ledger.status(callId(call));
      check(
        state !== "included" && state !== "final",
        `status of the call that failed is ${state}`,
      );
      await market.reopen();
      const { first } = await market.ledger.proveConsistency(before.size);
      same(first, before, "the checkpoint from before");
      const found = (await market.ledger.status(callId(call))).state;
      check(found === "final" || found === "unknown", `then its status is ${found}`);
      const after = (await market.ledger.checkpoint()).size;
      same(after, before.size + (found === "final" ? 1 : 0), "entries after opening again");
      const { index } = await market.ledger.submit(call);
      same(index, before.size, "where the call stands once it is sent again");
      await market.ledger.submit(later);
      same((await market.ledger.checkpoint()).size, before.size + 2, "entries in the end");
    },
  };
}

const proofs = ({ manifest }: CaseNeeds): string | undefined =>
  manifest.supports.proofs ? undefined : "the ledger gives no proofs";

/** The root of a checkpoint as bytes. */
const rootOf = ({ root }: Checkpoint): Uint8Array<ArrayBuffer> => fromHex(root);

/** Whether a proof's hashes lead from these data to its checkpoint. */
const leads = ({ entry, checkpoint, path }: InclusionProof, leaf: Uint8Array): boolean =>
  verifyInclusion({
    leaf,
    index: entry.index,
    size: checkpoint.size,
    proof: path,
    root: rootOf(checkpoint),
  });

export const logCases: readonly CaseText[] = [
  damageCase(50, "a bit flipped in the middle is found", "flip"),
  damageCase(51, "a tail cut off is found", "cut"),
  {
    number: 52,
    title: "after closing and opening, everything acknowledged is there",
    needs: can("reopen"),
    async run(market) {
      await fill(market, 5);
      const checkpoint = await market.ledger.checkpoint();
      const digest = await market.ledger.view({ type: "ledger.digest" });
      await market.reopen();
      same(await market.ledger.checkpoint(), checkpoint, "checkpoint");
      same(await market.ledger.view({ type: "ledger.digest" }), digest, "state");
    },
  },
  damageCase(53, "a hole in the middle is found", "hole"),
  damageCase(54, "two stretches that changed places are found", "swap"),
  {
    number: 55,
    title: "a shorter or another log is found against a checkpoint kept elsewhere",
    needs: proofs,
    async run(market) {
      await fill(market, 4);
      const trustedCheckpoint = await market.ledger.checkpoint();
      const other = await market.harness.create(market.ledger.genesis);
      try {
        check(
          !(await auditLedger(other, { trustedCheckpoint })).passed,
          "an empty log passes for a full one",
        );
      } finally {
        await other.close();
        await market.harness.dispose?.(other);
      }
      check(
        (await auditLedger(market.ledger, { trustedCheckpoint })).passed,
        "the log itself must pass",
      );
    },
  },
  {
    number: 56,
    title: "a second writer is refused, or its entries are ordered with all others",
    needs: can("another"),
    async run(market) {
      const another = market.another();
      if (market.harness.singleWriter) {
        await refused(another, "EMRX_LOCKED", "a second writer");
        return;
      }
      const other = await another;
      const calls = await Promise.all(
        Array.from({ length: 10 }, (_, i) =>
          market.sign("siteA", market.policy({ policyId: `p${i}` })),
        ),
      );
      const receipts = await Promise.all(
        calls.map((call, i) => (i % 2 === 0 ? market.ledger : other).submit(call)),
      );
      same(new Set(receipts.map(({ index }) => index)).size, 10, "number of different indices");
    },
  },
  diskCase(57, "the disk is full", "full"),
  diskCase(58, "the disk is read-only", "read-only"),
  diskCase(59, "the disk fails to sync", "sync"),
  {
    number: 60,
    title: "an inclusion proof holds for its entry, index, size and root, and for nothing else",
    needs: proofs,
    async run(market) {
      await fill(market, 9);
      const checkpoint = await market.ledger.checkpoint();
      for (let index = 0; index < checkpoint.size; index++) {
        const proof = await market.ledger.proveEntry(index);
        check(verifyInclusionProof(proof, checkpoint), `the proof of entry ${index} does not hold`);
        const { entry } = proof;
        const wrong: [string, InclusionProof, Checkpoint][] = [
          [
            "another index",
            { ...proof, entry: { ...entry, index: (index + 1) % checkpoint.size } },
            checkpoint,
          ],
          ["another time", { ...proof, entry: { ...entry, time: entry.time + 1 } }, checkpoint],
          [
            "another size",
            { ...proof, checkpoint: { ...checkpoint, size: 4 * checkpoint.size } },
            { ...checkpoint, size: 4 * checkpoint.size },
          ],
          [
            "another root",
            { ...proof, checkpoint: { ...checkpoint, root: bytes32(1) } },
            { ...checkpoint, root: bytes32(1) },
          ],
          ["a hash missing", { ...proof, path: proof.path.slice(1) }, checkpoint],
          ["a hash too many", { ...proof, path: [...proof.path, new Uint8Array(32)] }, checkpoint],
        ];
        for (const [what, forged, trusted] of wrong) {
          check(
            !verifyInclusionProof(forged, trusted),
            `the proof of entry ${index} holds with ${what}`,
          );
        }
      }
      await refused(
        market.ledger.proveEntry(checkpoint.size),
        "EMRX_LOG_RANGE",
        "a proof beyond the end",
      );
    },
  },
  {
    number: 61,
    title: "a consistency proof holds for its two checkpoints, and for nothing else",
    needs: proofs,
    async run(market) {
      const checkpoints: Checkpoint[] = [await market.ledger.checkpoint()];
      for (let i = 0; i < 7; i++) {
        await market.send("siteA", market.policy({ policyId: `p${i}` }));
        checkpoints.push(await market.ledger.checkpoint());
      }
      const latest = checkpoints.at(-1) as Checkpoint;
      for (const checkpoint of checkpoints) {
        const proof = await market.ledger.proveConsistency(checkpoint.size);
        check(
          verifyConsistencyProof(proof, checkpoint),
          `no consistency from ${checkpoint.size} to ${latest.size}`,
        );
        same(proof.second, latest, "the later checkpoint");
        if (checkpoint.size === latest.size) continue;
        const claim = {
          first: checkpoint.size,
          second: latest.size,
          firstRoot: rootOf(checkpoint),
          secondRoot: rootOf(latest),
          proof: proof.path,
        };
        check(verifyConsistency(claim), "the proof must hold by the Merkle tree alone");
        for (const [what, forged] of [
          ["roots swapped", { ...claim, firstRoot: claim.secondRoot, secondRoot: claim.firstRoot }],
          ["a hash missing", { ...claim, proof: claim.proof.slice(1) }],
          ["a hash too many", { ...claim, proof: [...claim.proof, new Uint8Array(32)] }],
          ["equal sizes", { ...claim, second: claim.first }],
          ["size 0", { ...claim, first: 0 }],
        ] as const) {
          check(!verifyConsistency(forged), `the proof from ${checkpoint.size} holds with ${what}`);
        }
      }
    },
  },
  {
    number: 62,
    title: "an inner node does not pass for a leaf",
    needs: proofs,
    async run(market) {
      await fill(market, 7);
      const proof = await market.ledger.proveEntry(0, 8);
      check(leads(proof, entryLeafHash(proof.entry)), "the honest proof must hold");
      // A ledger whose leaves lack their prefix would accept the two halves of an inner node as an entry.
      const [sibling] = proof.path;
      const halves = new Uint8Array(64);
      halves.set(entryLeafHash(proof.entry));
      halves.set(sibling as Uint8Array, 32);
      const shorter = {
        ...proof,
        path: proof.path.slice(1),
        checkpoint: { ...proof.checkpoint, size: 4 },
      };
      check(!leads(shorter, merkleLeafHash(halves)), "an inner node passes for a leaf");
      const recomputed = await auditLedger(market.ledger);
      check(
        recomputed.passed,
        "the root must be that of the RFC 6962 tree over time and bytes of the entries",
      );
    },
  },
  {
    number: 63,
    title: "the last entry put twice gives another root",
    needs: proofs,
    async run(market) {
      await fill(market, 2);
      const checkpoint = await market.ledger.checkpoint();
      const proof = await market.ledger.proveEntry(checkpoint.size - 1);
      const twice = {
        ...proof,
        entry: { ...proof.entry, index: checkpoint.size },
        checkpoint: { ...checkpoint, size: checkpoint.size + 1 },
      };
      check(
        !verifyInclusionProof(twice, twice.checkpoint),
        "the last entry passes for one after it",
      );
    },
  },
];
