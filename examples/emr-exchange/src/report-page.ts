// The report as one page for people: self-contained HTML with inline SVG, no script, no network.
import { escapeText, figure, percent, table, whole } from "./html.js";
import { errorPlot } from "./plots/errors.js";
import { estimatePlot } from "./plots/estimates.js";
import { ledgerPlot } from "./plots/ledger.js";
import { profilesPlot, sitesPlot } from "./plots/matching.js";
import { qualityPlot } from "./plots/quality.js";
import { stagesPlot } from "./plots/stages.js";
import type { AttributeReport, DemoReport } from "./report.js";
import { style } from "./report-style.js";

/**
 * The page of a run.
 *
 * @returns a whole HTML document; it loads nothing, so it can be mailed or archived as it is
 */
export async function reportPage(report: DemoReport): Promise<string> {
  const title = `${report.schema.id}: ${whole(report.subjects)} people, ${whole(report.requesters.length)} requesters`;
  const sections = [
    section(
      "Estimates against the truth",
      `Blue: the unbiased estimate and its 95 % interval, from all randomized reports. Orange: the true value in the input, which
      only this demonstration knows; on the right, the same as estimate minus truth in percentage points. A rare value's estimate can lie below zero: nothing is clipped.`,
      await estimates(report.attributes),
      folded("All figures by attribute", attributeTable(report.attributes)),
    ),
    section(
      "Is the predicted error the real one?",
      `Every standard error is computed from public parameters before anybody knows the truth. About 95 % of the points should lie
      under the dashed line, and the bars should follow the normal curve.`,
      figureOf(await errorPlot(report.attributes)),
    ),
    section(
      "Quality per requester",
      `Quality is the probability that the error stays within the requester's tolerance, over its weights (0 to 1). A requester
      without a delivery has quality 0.`,
      figureOf(await qualityPlot(report.requesters)),
      folded("All requesters", requesterTable(report)),
    ),
    section(
      "Who was matched with whom",
      `Every patient is a publisher; a site acts for many of them and offers those who chose alike in lots of ${whole(report.matching.lotSize)}:
      ${whole(report.matching.lots)} lots, of which ${whole(report.matching.unsoldLots)} found nobody. White: no record. Blocking lots found:
      ${whole(report.matching.blockingLots)} (a stable allocation has none).`,
      figureOf(await sitesPlot(report)),
      figureOf(await profilesPlot(report)),
    ),
    section(
      "Who sat out, and what that cost",
      `A lot must be full, and numbers of lots are noisy (epsilon ${report.seating.countEpsilon} an epoch of ${whole(report.seating.epochRounds)} rounds),
      so that they tell of nobody whether they are there. Nobody is moved to terms that they did not choose.`,
      seatingTable(report),
    ),
    section(
      "Money and bonds",
      `Every unit offered or asked for has a bond of ${report.money.bondPerUnit.toFixed(2)}. What went in is what came out: held, paid, returned and forfeited together.`,
      moneyTable(report),
    ),
    ...(report.cheats === null ? [] : [cheatsSection(report, report.cheats)]),
    section(
      "The way of one report",
      "From the patient's choice to the study, with what the ledger saw of it.",
      table(
        "The way of one report",
        ["step", "what happened"],
        report.journey.map(({ step, what }) => [step, what]),
      ),
    ),
    section(
      "The ledger",
      `${whole(report.ledger.entries)} entries on the ${report.ledger.kind} ledger, by kind and time; totals on the right.
      ${whole(report.ledger.proofsVerified)} inclusion proofs were checked, ${whole(report.ledger.rejected)} calls were rejected. Checkpoint of the log:`,
      `<p class="hash">${escapeText(report.ledger.checkpoint)}</p>`,
      figureOf(await ledgerPlot(report)),
    ),
    section(
      "Time and memory",
      `Memory is the largest resident set seen while the stage ran, of the whole process. Set-up is not part of it:
      ${report.setUp.seconds.toFixed(1)} s for everybody's keys and ${whole(report.setUp.tokens)} admission tokens, one a site and one a requester.`,
      figureOf(await stagesPlot(report)),
    ),
    section(
      report.audit.passed ? "Audit: passed" : "Audit: FAILED",
      "What was recomputed, and what came out.",
      auditList(report),
      ...(report.findings.length === 0
        ? []
        : [
            folded(
              `${report.findings.length} findings about single parties`,
              table(
                "Findings",
                ["party", "finding", "what shows it"],
                report.findings.map(({ culprit, kind, evidence }) => [
                  culprit.slice(0, 16),
                  kind,
                  evidence,
                ]),
              ),
            ),
          ]),
      ...(report.undecided.length === 0
        ? []
        : [
            folded(
              `${report.undecided.length} things that nobody can decide`,
              table(
                "Undecided",
                ["parties", "what", "why"],
                report.undecided.map(({ parties, what, why }) => [
                  parties.map((party) => party.slice(0, 16)).join(", "),
                  what,
                  why,
                ]),
              ),
            ),
          ]),
    ),
  ];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeText(`emrx: ${title}`)}</title>
<style>${style}</style>
</head>
<body>
<header>
<p class="kind">emrx, report of a run</p>
<h1>${escapeText(title)}</h1>
<p>Records from <b>${escapeText(report.source)}</b>, seed <b>${escapeText(report.seed)}</b>, schema
${escapeText(report.schema.id)} version ${report.schema.version}: ${escapeText(report.schema.disclose)}.
<span class="hash">Schema hash ${escapeText(report.schema.hash)}</span></p>
</header>
<main>
${summary(report)}
${sections.join("\n")}
</main>
</body>
</html>
`;
}

function section(heading: string, lead: string, ...content: readonly string[]): string {
  return `<section>\n<h2>${escapeText(heading)}</h2>\n<p class="lead">${escapeText(lead.replaceAll(/\s+/g, " "))}</p>\n${content.join("\n")}\n</section>`;
}

const figureOf = (svg: string): string => `<figure>${svg}</figure>`;

const folded = (name: string, content: string): string =>
  `<details><summary>${escapeText(name)}</summary>${content}</details>`;

function seatingTable({ seating, subjects }: DemoReport): string {
  const row = (name: string, people: number): string[] => [
    name,
    whole(people),
    percent(people / subjects),
  ];
  return table(
    "Who is in a lot",
    ["people", "number", "share"],
    [
      row("in a lot", seating.offered),
      row("of them in a stricter class, as they had said", seating.moved),
      row("sat out", seating.sitOut),
      [
        "standard errors, against everybody in a lot",
        `${seating.errorFactor.toFixed(4)} times`,
        "",
      ],
    ],
  );
}

function moneyTable({ money }: DemoReport): string {
  const amounts = (["deposited", "paid", "returned", "forfeited", "held"] as const).map((name) => [
    name,
    money[name].toFixed(2),
    "",
  ]);
  return table(
    "Where the money went, in units of currency, and how pairs ended",
    ["money, or how pairs ended", "amount or pairs", "records"],
    [
      ...amounts,
      ...money.outcomes.map(({ outcome, pairs, units }) => [outcome, whole(pairs), whole(units)]),
    ],
  );
}

function cheatsSection(
  report: DemoReport,
  { played, othersPaid, othersPairs }: NonNullable<DemoReport["cheats"]>,
): string {
  return section(
    "Those who cheated",
    `Of all pairs without them, ${whole(othersPaid)} of ${whole(othersPairs)} were paid and delivered. The audit has ${whole(report.findings.length)} findings.`,
    table(
      "Those who cheated",
      ["who", "did what", "what came of it", "name"],
      played.map(({ who, did, came, id }) => [who, did, came, id.slice(0, 16)]),
    ),
  );
}

function summary(report: DemoReport): string {
  const { attributes, epsilon, matching, ledger, audit, stages } = report;
  const cells = attributes.reduce((sum, { cells }) => sum + cells, 0);
  const covering = attributes.reduce((sum, { intervalsCovering }) => sum + intervalsCovering, 0);
  const peak = Math.max(0, ...stages.map(({ peakRssBytes }) => peakRssBytes));
  const seconds = stages.reduce((sum, stage) => sum + stage.seconds, 0);
  const tiles: readonly (readonly [name: string, value: string, note: string, state?: boolean])[] =
    [
      ["People", whole(report.subjects), `${whole(report.records)} records, ${report.sites} sites`],
      [
        "Privacy spent, at most",
        `ε ${figure(epsilon.perSubjectMax)}`,
        `a person; ${figure(epsilon.declaredBudget)} declared`,
        epsilon.perSubjectMax <= epsilon.declaredBudget,
      ],
      [
        "Intervals that hold the truth",
        percent(cells === 0 ? 0 : covering / cells),
        `${whole(covering)} of ${whole(cells)}; 95 % expected`,
      ],
      [
        "Records sold",
        whole(matching.units),
        `${whole(matching.pairs)} pairs; ${whole(matching.unmatchedRequesters)} requesters without`,
      ],
      [
        "Blocking lots",
        whole(matching.blockingLots),
        "0 means stable",
        matching.blockingLots === 0,
      ],
      [
        "People who sat out",
        whole(report.seating.sitOut),
        `errors ${report.seating.errorFactor.toFixed(3)} times as large`,
      ],
      [
        "Ledger entries",
        whole(ledger.entries),
        `${whole(ledger.proofsVerified)} proofs checked, ${whole(ledger.rejected)} rejected`,
      ],
      [
        "Audit",
        audit.passed ? "passed" : "FAILED",
        `${audit.checks.filter(({ passed }) => passed).length} of ${audit.checks.length} checks`,
        audit.passed,
      ],
      [
        "Time",
        `${seconds.toFixed(1)} s`,
        `set-up ${report.setUp.seconds.toFixed(1)} s apart; peak memory ${(peak / 2 ** 20).toFixed(0)} MiB`,
      ],
    ];
  const items = tiles.map(([name, value, note, state]) => {
    const kind = state === undefined ? "" : state ? ' class="good"' : ' class="bad"';
    return `<div${kind}><dt>${escapeText(name)}</dt><dd><b>${escapeText(value)}</b><span>${escapeText(note)}</span></dd></div>`;
  });
  return `<dl class="tiles">${items.join("\n")}</dl>`;
}

async function estimates(attributes: readonly AttributeReport[]): Promise<string> {
  const panels: string[] = [];
  for (const [index, attribute] of attributes.entries()) {
    const { svg, note } = await estimatePlot(attribute, index);
    const covering = `${attribute.intervalsCovering}/${attribute.cells} in their interval`;
    panels.push(
      `<figure><figcaption><b>${escapeText(attribute.name)}</b><span>${escapeText(`${note} · ${covering}`)}</span></figcaption>${svg}</figure>`,
    );
  }
  return `<div class="panels">${panels.join("\n")}</div>`;
}

function attributeTable(attributes: readonly AttributeReport[]): string {
  return table(
    "Figures over the frequencies of an attribute; of a numeric one, its mean in its own unit",
    [
      "attribute",
      "mechanisms",
      "ε",
      "reports",
      "largest error",
      "RMSE predicted",
      "RMSE observed",
      "error / predicted",
      "in interval",
    ],
    attributes.map((a) => [
      a.name,
      a.mechanisms.join(", "),
      a.epsilons.join(", "),
      whole(a.n),
      figure(a.maxAbsError),
      figure(a.predictedRmse),
      figure(a.observedRmse),
      figure(a.standardizedRms),
      `${a.intervalsCovering} of ${a.cells}`,
    ]),
  );
}

function requesterTable({ requesters }: DemoReport): string {
  return table(
    "Requesters, what they asked for and what they got",
    [
      "requester",
      "purpose",
      "price",
      "quota",
      "delivered",
      "quality foreseen",
      "quality",
      "largest error",
    ],
    requesters.map((r) => [
      r.id,
      r.purpose,
      r.price.toFixed(2),
      whole(r.quota),
      whole(r.delivered),
      r.predictedQuality.toFixed(3),
      r.quality.toFixed(3),
      figure(r.maxAbsError),
    ]),
  );
}

function auditList({ audit }: DemoReport): string {
  const items = audit.checks.map(
    ({ name, passed, detail }) =>
      `<li class="${passed ? "good" : "bad"}"><b>${passed ? "✓ passed" : "✗ failed"}</b> ${escapeText(name)}<span>${escapeText(detail)}</span></li>`,
  );
  return `<ul class="checks">${items.join("\n")}</ul>`;
}
