// What the kit found, for a terminal and for a README.
import type { CaseResult, ConformanceReport } from "./run.js";

/**
 * A table of results as plain text.
 *
 * @param report from `runConformance`
 * @returns one line a case, then the counts
 * @example
 * ```ts
 * import { conformanceTable } from "@emrx/chain-adapter/conformance";
 *
 * const report = { name: "mine", passed: 0, failed: 0, skipped: 0, results: [] };
 * conformanceTable(report); // => "mine: 0 passed, 0 failed, 0 skipped"
 * ```
 */
export function conformanceTable(report: ConformanceReport): string {
  const lines = report.results.map(({ number, title, result, reason }) => {
    const tail = reason === "" ? "" : ` (${reason})`;
    return `${String(number).padStart(2)} ${result.padEnd(7)} ${title}${tail}`;
  });
  const { name, passed, failed, skipped } = report;
  return [...lines, `${name}: ${passed} passed, ${failed} failed, ${skipped} skipped`].join("\n");
}

/** How the cases of a group went, in a few characters. */
function summary(results: readonly CaseResult[]): string {
  const count = (result: CaseResult["result"]): number =>
    results.filter((item) => item.result === result).length;
  const [passed, failed, skipped] = [count("passed"), count("failed"), count("skipped")];
  const parts = [
    ...(failed > 0 ? [`**${failed} failed**`] : []),
    ...(passed > 0 || results.length === 0 ? [`${passed} passed`] : []),
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
  ];
  return parts.join(", ");
}

/** Case numbers by reason, those of the same reason together. */
function byReason(results: readonly CaseResult[], result: CaseResult["result"]): string[] {
  const numbers = new Map<string, number[]>();
  for (const item of results) {
    if (item.result !== result) continue;
    const reason = item.reason.replaceAll("|", "\\|").replaceAll(/\s+/g, " ");
    numbers.set(reason, [...(numbers.get(reason) ?? []), item.number]);
  }
  return [...numbers].map(([reason, cases]) => `${cases.join(", ")}: ${reason}`);
}

/**
 * A table of results in Markdown, to paste into a README: a row a group of cases, a column a ledger, and below it what
 * was skipped or failed, and why.
 *
 * @param reports from `runConformance`, one a ledger
 * @returns Markdown
 * @example
 * ```ts
 * import { conformanceMarkdown } from "@emrx/chain-adapter/conformance";
 *
 * const results = [{ number: 1, group: "submission", title: "sent twice", result: "passed", reason: "" }] as const;
 * const report = { name: "mine", passed: 1, failed: 0, skipped: 0, results };
 * conformanceMarkdown([report]).split("\n")[2]; // => "| submission | 1 passed |"
 * ```
 */
export function conformanceMarkdown(reports: readonly ConformanceReport[]): string {
  const row = (...cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const groups = [...new Set(reports.flatMap(({ results }) => results.map(({ group }) => group)))];
  const of = ({ results }: ConformanceReport, group: string): readonly CaseResult[] =>
    results.filter((item) => item.group === group);
  const notes = reports.flatMap(({ name, results }) => [
    ...byReason(results, "failed").map((text) => `- ${name}, failed: ${text}`),
    ...byReason(results, "skipped").map((text) => `- ${name}, skipped: ${text}`),
  ]);
  return [
    row("conformance", ...reports.map(({ name }) => name)),
    `|${"---|".repeat(reports.length + 1)}`,
    ...groups.map((group) => row(group, ...reports.map((report) => summary(of(report, group))))),
    row("**all**", ...reports.map(({ results }) => summary(results))),
    ...(notes.length === 0 ? [] : ["", ...notes]),
  ].join("\n");
}
