// The short summary that ends a run.
import type { DemoReport } from "./report.js";

/** A dozen lines for a person. */
export function summary(report: DemoReport): string {
  const {
    attributes,
    matching,
    seating,
    money,
    ledger,
    audit,
    epsilon,
    requesters,
    stages,
    setUp,
  } = report;
  const cells = attributes.reduce((sum, attribute) => sum + attribute.cells, 0);
  const covered = attributes.reduce((sum, attribute) => sum + attribute.intervalsCovering, 0);
  const worst = [...attributes].sort((a, b) => b.maxAbsError - a.maxAbsError)[0];
  const seconds = stages.reduce((sum, stage) => sum + stage.seconds, 0);
  const peak = Math.max(...stages.map((stage) => stage.peakRssBytes));
  const served = requesters.filter(({ delivered }) => delivered > 0);
  const quality =
    served.reduce((sum, requester) => sum + requester.quality, 0) / Math.max(1, served.length);
  return [
    `${report.source}: ${report.records} records of ${report.subjects} subjects, ${report.sites} sites, ${requesters.length} requesters, seed ${report.seed}`,
    `privacy   every subject spent at most epsilon ${epsilon.perSubjectMax} of the declared ${epsilon.declaredBudget} (${report.schema.disclose})`,
    `matching  ${matching.units} records in ${matching.pairs} pairs of site and requester, ${matching.blockingLots} blocking; ${matching.lots} lots of ${matching.lotSize}, ${matching.unsoldLots} unsold; ${matching.unmatchedRequesters} requesters without`,
    `seating   ${seating.offered} patients in a lot, ${seating.moved} of them in a stricter class, ${seating.sitOut} sit out: errors ${seating.errorFactor.toFixed(3)} times as large`,
    `money     deposited ${money.deposited.toFixed(2)}: paid ${money.paid.toFixed(2)}, returned ${money.returned.toFixed(2)}, forfeited ${money.forfeited.toFixed(2)}, held ${money.held.toFixed(2)}`,
    ...(report.cheats?.played ?? []).map(
      ({ who, did, came }) => `cheat     ${who} ${did}; ${came}`,
    ),
    ...(report.cheats === null
      ? []
      : [
          `          of all others, ${report.cheats.othersPaid} of ${report.cheats.othersPairs} pairs were paid`,
        ]),
    `ledger    ${ledger.kind}: ${ledger.entries} entries, ${ledger.rejected} rejected, ${ledger.proofsVerified} proofs verified, checkpoint ${ledger.checkpoint.slice(0, 16)}...`,
    `estimates ${covered} of ${cells} values inside their 95 % interval; largest error ${worst?.maxAbsError.toPrecision(3)} (${worst?.name}); mean quality of a study ${quality.toFixed(3)}`,
    `audit     ${audit.passed ? "passed" : "FAILED"}: ${audit.checks.filter(({ passed }) => passed).length} of ${audit.checks.length} checks, ${report.findings.length} findings, ${report.undecided.length} undecided`,
    ...audit.checks
      .filter(({ passed }) => !passed)
      .map(({ name, detail }) => `          FAILED ${name}: ${detail}`),
    `cost      ${seconds.toFixed(1)} s, ${(peak / 2 ** 20).toFixed(0)} MiB at most; set-up apart: ${setUp.seconds.toFixed(1)} s, ${setUp.tokens} admission tokens`,
  ].join("\n");
}
