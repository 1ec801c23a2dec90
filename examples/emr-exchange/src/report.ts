// The report of a demo run: what report.json holds and report.html shows. Everything in it is computed by the run.
// All numbers are plain JSON numbers; a number that does not exist (no delivery, so no error) is null.

/** One estimated number with its 95 % interval and the truth. */
export interface EstimateReport {
  /** `frequency`: a share of the subjects, in [0, 1]; `mean`: in the attribute's own unit. */
  readonly kind: "frequency" | "mean";
  /** The domain value; null is "missing"; for a mean, the text "mean". */
  readonly value: string | null;
  /** The same number computed from the input file: what nobody but the demo knows. */
  readonly truth: number;
  /** Unbiased, so a rare value's share can come out below 0. */
  readonly estimate: number;
  /** Predicted from public parameters: mechanism noise plus the sampling of who disclosed the attribute. */
  readonly standardError: number;
  /** The normal 95 % interval, lower and upper end. */
  readonly interval: readonly [number, number];
}

/** One attribute, over all published reports of it. */
export interface AttributeReport {
  readonly name: string;
  readonly type: "categorical" | "ordinal" | "numeric" | "set";
  /** Mechanisms in use, one a level group that occurs, in the order of `epsilons`. */
  readonly mechanisms: readonly string[];
  /** Their epsilons, decreasing. */
  readonly epsilons: readonly number[];
  /** Reports that disclosed this attribute. */
  readonly n: number;
  /** The figures below are over the frequencies (categorical, ordinal) or the mean alone (numeric). */
  readonly maxAbsError: number;
  /** Root of the mean squared predicted standard error. */
  readonly predictedRmse: number;
  /** Root of the mean squared error. */
  readonly observedRmse: number;
  /** Root of the mean squared error / standard error: near 1 where the prediction is right. */
  readonly standardizedRms: number;
  /** How many estimates those figures are over. */
  readonly cells: number;
  /** How many of them lie in their interval. */
  readonly intervalsCovering: number;
  /** Every estimate; a numeric attribute that can be missing has the mean and the missing share. */
  readonly estimates: readonly EstimateReport[];
}

/** One requester. */
export interface RequesterReport {
  readonly id: string;
  /** HL7 v3 PurposeOfUse code. */
  readonly purpose: string;
  /** What it pays a record, in currency units. */
  readonly price: number;
  /** How many records it wants at most. */
  readonly quota: number;
  /** How many it was matched with and received, verified. */
  readonly delivered: number;
  /** Quality expected before the matching, in [0, 1], from its request. */
  readonly predictedQuality: number;
  /** Quality of what was delivered, in [0, 1]: attainment over its weights and tolerance; 0 without a delivery. */
  readonly quality: number;
  /** Its largest error over the attributes it weighs; null without a delivery. */
  readonly maxAbsError: number | null;
}

/** How many records fall on each (row, column). */
export interface CrossTable {
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  /** `counts[row][column]` */
  readonly counts: readonly (readonly number[])[];
}

/** How many ledger entries of one kind were made in one slot of time. */
export interface TimelineSlot {
  /** Start of the slot, in seconds since the run began. */
  readonly seconds: number;
  /** The contract and call, such as `trade.offer`. */
  readonly kind: string;
  readonly entries: number;
}

/** One thing the audit looked at. */
export interface AuditCheck {
  readonly name: string;
  readonly passed: boolean;
  /** What was counted or recomputed, or what failed and where. */
  readonly detail: string;
}

/** A whole run. */
export interface DemoReport {
  readonly format: "emrx-demo-report/2";
  /**
   * The seed of the market (and of synthetic records). A run that was given a seed draws its noise from it too and can be
   * repeated; without one the noise comes from the platform's generator.
   */
  readonly seed: string;
  /** `synthetic`, or the name of the CSV file (without its folder). */
  readonly source: string;
  readonly schema: {
    readonly id: string;
    readonly version: number;
    /** SHA-256 of the canonical schema, as it stands on the ledger. */
    readonly hash: string;
    /** The composition rule in words, such as "2 of 22 attributes a record". */
    readonly disclose: string;
  };
  /** Records read or generated. */
  readonly records: number;
  /** People among them: each is one publisher. */
  readonly subjects: number;
  /** Sites that act for them. */
  readonly sites: number;
  readonly attributes: readonly AttributeReport[];
  readonly epsilon: {
    /** The most that any one subject spent. */
    readonly perSubjectMax: number;
    /** The most that the schema's composition rule allows. */
    readonly declaredBudget: number;
  };
  readonly matching: {
    /** Pairs of site and requester, and records sold: units of lots. */
    readonly pairs: number;
    readonly units: number;
    /** Pairs of lot and requester that would both rather trade more. */
    readonly blockingLots: number;
    /** Patients in a lot, lots offered, and lots of which nothing was sold. */
    readonly lotSize: number;
    readonly lots: number;
    readonly unsoldLots: number;
    readonly unmatchedRequesters: number;
    /** Units by site and requester, in the order of `requesters`. */
    readonly bySite: CrossTable;
    /** Units by the patient's profile (rows) and the requester's purpose (columns). */
    readonly byProfile: CrossTable;
  };
  /** Who is in a lot, and who is not. */
  readonly seating: {
    readonly offered: number;
    /** Patients who joined a class that is stricter in everything. */
    readonly moved: number;
    readonly sitOut: number;
    /** By how much standard errors are larger than if everybody had been in. */
    readonly errorFactor: number;
    /** Epsilon of the numbers of lots, an epoch of so many rounds. */
    readonly countEpsilon: string;
    readonly epochRounds: number;
  };
  /** Money, in currency units: what went in, and where it went. */
  readonly money: {
    readonly deposited: number;
    readonly held: number;
    readonly paid: number;
    readonly returned: number;
    /** Bonds that nobody got. */
    readonly forfeited: number;
    readonly bondPerUnit: number;
    /** Pairs by how they ended. */
    readonly outcomes: readonly {
      readonly outcome: string;
      readonly pairs: number;
      readonly units: number;
    }[];
  };
  /** The way of one report, step by step; empty where nothing was sold. */
  readonly journey: readonly { readonly step: string; readonly what: string }[];
  /** What the audit says of single parties. */
  readonly findings: readonly {
    readonly culprit: string;
    readonly kind: string;
    readonly evidence: string;
  }[];
  readonly undecided: readonly {
    readonly parties: readonly string[];
    readonly what: string;
    readonly why: string;
  }[];
  /** With `--cheats`: who cheated, and how many pairs of all others were paid, of how many. */
  readonly cheats: {
    readonly played: readonly {
      readonly who: string;
      readonly id: string;
      readonly did: string;
      readonly came: string;
    }[];
    readonly othersPaid: number;
    readonly othersPairs: number;
  } | null;
  readonly ledger: {
    readonly kind: "memory" | "file";
    readonly entries: number;
    /** Root of the log's tree after the last entry, in hexadecimal. */
    readonly checkpoint: string;
    /** Inclusion proofs of entries that were checked. */
    readonly proofsVerified: number;
    /** Calls that the contracts rejected. */
    readonly rejected: number;
    readonly timeline: readonly TimelineSlot[];
    /** Width of the timeline's slots, in seconds. */
    readonly slotSeconds: number;
  };
  readonly audit: { readonly passed: boolean; readonly checks: readonly AuditCheck[] };
  readonly stages: readonly {
    readonly name: string;
    readonly seconds: number;
    readonly peakRssBytes: number;
  }[];
  /** What was done before the clock of the stages started: keys made, the round opened, tokens issued. */
  readonly setUp: {
    readonly seconds: number;
    /** Admission tokens issued: one a site, one a requester. */
    readonly tokens: number;
  };
  readonly requesters: readonly RequesterReport[];
}

/** What {@link attributeReport} works the figures out from. */
export type AttributeEstimates = Pick<
  AttributeReport,
  "name" | "type" | "mechanisms" | "epsilons" | "n" | "estimates"
>;

/** Completes an attribute with the figures over its estimates. */
export function attributeReport(attribute: AttributeEstimates): AttributeReport {
  const kind = attribute.type === "numeric" ? "mean" : "frequency";
  const cells = attribute.estimates.filter((estimate) => estimate.kind === kind);
  const errors = cells.map(({ estimate, truth }) => estimate - truth);
  const standardized = cells.map(({ standardError }, i) => {
    const error = errors[i] ?? 0;
    return error === 0 ? 0 : error / standardError;
  });
  return {
    ...attribute,
    maxAbsError: Math.max(0, ...errors.map(Math.abs)),
    predictedRmse: rootMeanSquare(cells.map(({ standardError }) => standardError)),
    observedRmse: rootMeanSquare(errors),
    standardizedRms: rootMeanSquare(standardized),
    cells: cells.length,
    intervalsCovering: cells.filter(
      ({ truth, interval: [low, high] }) => low <= truth && truth <= high,
    ).length,
  };
}

function rootMeanSquare(numbers: readonly number[]): number {
  if (numbers.length === 0) return 0;
  return Math.sqrt(numbers.reduce((sum, number) => sum + number ** 2, 0) / numbers.length);
}

/**
 * Puts ledger entries into at most `slots` equal slots of time.
 *
 * @param entries kind and time (seconds since the run began) of every entry
 */
export function timelineOf(
  entries: Iterable<{ readonly kind: string; readonly seconds: number }>,
  slots = 60,
): { timeline: TimelineSlot[]; slotSeconds: number } {
  const list = [...entries];
  const last = list.reduce((most, { seconds }) => Math.max(most, seconds), 0);
  const slotSeconds = last > 0 ? last / slots : 1;
  const counts = new Map<string, number[]>();
  for (const { kind, seconds } of list) {
    const slot = Math.min(slots - 1, Math.floor(seconds / slotSeconds));
    const row = counts.get(kind) ?? new Array<number>(slots).fill(0);
    row[slot] = (row[slot] ?? 0) + 1;
    counts.set(kind, row);
  }
  const timeline = [...counts].flatMap(([kind, row]) =>
    row.flatMap((count, slot) =>
      count === 0 ? [] : [{ seconds: slot * slotSeconds, kind, entries: count }],
    ),
  );
  return { timeline, slotSeconds };
}
