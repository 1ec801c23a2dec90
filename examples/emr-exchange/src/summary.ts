// The short summary that ends a run.
import type { DemoReport } from "./report.js";

/** A dozen lines for a person. */
export function summary(report: DemoReport): string {
  const { attributes, matching, ledger, audit, epsilon, requesters, stages, setUp } = report;
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
    `matching  ${matching.pairs} pairs, ${matching.blockingPairs} blocking; without a match: ${matching.unmatchedPublishers} patients, ${matching.unmatchedRequesters} requesters`,
    `ledger    ${ledger.kind}: ${ledger.entries} entries, ${ledger.rejected} rejected, ${ledger.proofsVerified} proofs verified, checkpoint ${ledger.checkpoint.slice(0, 16)}...`,
    `estimates ${covered} of ${cells} values inside their 95 % interval; largest error ${worst?.maxAbsError.toPrecision(3)} (${worst?.name}); mean quality of a study ${quality.toFixed(3)}`,
    `audit     ${audit.passed ? "passed" : "FAILED"}: ${audit.checks.filter(({ passed }) => passed).length} of ${audit.checks.length} checks`,
    ...audit.checks
      .filter(({ passed }) => !passed)
      .map(({ name, detail }) => `          FAILED ${name}: ${detail}`),
    `cost      ${seconds.toFixed(1)} s, ${(peak / 2 ** 20).toFixed(0)} MiB at most; set-up apart: ${setUp.seconds.toFixed(1)} s, ${setUp.tokens} admission tokens`,
  ].join("\n");
}
