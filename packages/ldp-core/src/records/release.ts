// What a release of a record costs, and how an account keeps it.
//
// The line of a record holds its full report without the bytes that are the same in all reports of the schema, to which the line's fingerprint is
// bound anyway. Where lower levels are derived, a byte stands before it, the level that the line pays for; each later line of the
// record, which pays for a higher level, holds that level alone.
import { subtractBudgets } from "../accounting/budget.js";
import { compareBudgets } from "../exact/decimal.js";
import { type Policy, policyAt } from "../schema/policy.js";
import { type Schema, schemaHashOf } from "../schema/schema.js";
import { countBytes, headerBytes, writeHeader } from "./report.js";

/** The release of a person's records at one level. */
export interface Release {
  /** The index of the level that is requested; 0 leaves every attribute at its own. */
  readonly requested: number;
  /** What a record costs that was never released. */
  readonly debit: string;
  /** What the statement says a release was for. */
  readonly note: string;
  /**
   * What the release of a record still costs, from the answers in its lines: undefined where it is paid for. Together several
   * releases cost the highest of them, so a higher one pays the difference.
   */
  due(answers: readonly Uint8Array[]): string | undefined;
  /** The full report in a record's lines. */
  fullReportIn(answers: readonly Uint8Array[]): Uint8Array<ArrayBuffer>;
  /** The answer of the line that pays; `fullReport` where the record is new. */
  answerFor(fullReport: Uint8Array<ArrayBuffer> | undefined): Uint8Array<ArrayBuffer>;
}

/** The release at a level; at the attributes' own levels where none is named. */
export function releaseFor(schema: Schema, policy: Policy, level: string | undefined): Release {
  const requestedPolicy = level === undefined ? policy : policyAt(schema, policy, level);
  const requested = level === undefined ? 0 : schema.levels.findIndex(({ name }) => name === level);
  const { debit } = requestedPolicy;
  const common = new Uint8Array(headerBytes);
  writeHeader(schemaHashOf(schema), 0, common, 0);
  const same = headerBytes - countBytes;
  const whole = (rest: Uint8Array): Uint8Array<ArrayBuffer> => {
    const fullReport = new Uint8Array(same + rest.length);
    fullReport.set(common.subarray(0, same));
    fullReport.set(rest, same);
    return fullReport;
  };
  if (schema.lowerLevels !== "derived")
    return {
      requested,
      debit,
      note: reportNote(schema, ""),
      due: (answers) => (answers.length === 0 ? debit : undefined),
      fullReportIn: (answers) => whole(answers[0] as Uint8Array),
      answerFor: (fullReport) => (fullReport as Uint8Array<ArrayBuffer>).subarray(same),
    };
  const debits = schema.levels.map(({ name }) => policyAt(schema, policy, name).debit);
  return {
    requested,
    debit,
    note: reportNote(schema, level === undefined ? "" : ` at ${level}`),
    due(answers) {
      if (answers.length === 0) return debit;
      const highest = Math.min(...answers.map((answer) => answer[0] as number));
      const paid = debits[highest] as string;
      return compareBudgets(debit, paid) > 0 ? subtractBudgets(debit, paid) : undefined;
    },
    fullReportIn: (answers) => whole((answers[0] as Uint8Array).subarray(1)),
    answerFor(fullReport) {
      const rest = fullReport?.subarray(same) ?? new Uint8Array(0);
      const answer = new Uint8Array(1 + rest.length);
      answer[0] = requested;
      answer.set(rest, 1);
      return answer;
    },
  };
}

function reportNote({ id, version }: Schema, place: string): string {
  const note = `report ${id} ${version}${place}`;
  return note.length <= 60 ? note : `${note.slice(0, 57)}...`;
}
