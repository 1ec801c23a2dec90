// Which row of the table a record of the file becomes: one row a subject (person), by the schema's subject rule.
import { DemoError } from "./errors.js";

/** The schema's `subject`: whose record a row is, and which of several records of one subject is kept. */
export interface SubjectRule {
  /** The column that names the subject. */
  readonly column: string;
  /** Keep the record with the lowest value in this column (integers). */
  readonly keep?: { readonly lowest: string } | undefined;
}

/** Assigns rows to records as they are read. */
export interface SubjectRows {
  /** The row this record is to be written to, or -1 where an earlier record is kept instead. */
  rowFor(record: readonly string[], line: number): number;
  /** All rows' subjects; refuses what only the whole file can show (ties). */
  finish(): { readonly subjects: string[]; readonly lines: Uint32Array };
}

/**
 * The subject rule over the records of a file.
 *
 * @param file the file's name, for messages
 * @param rule the rule, or undefined where every record is a subject of its own
 * @param position where in a record a column stands; throws where there is no such column
 * @throws DemoError `EMRX_DEMO_CSV_SUBJECT`, `EMRX_DEMO_CSV_ORDER`, and what `position` throws
 */
export function subjectRows(
  file: string,
  rule: SubjectRule | undefined,
  position: (column: string) => number,
): SubjectRows {
  if (rule === undefined) return everyRecord();
  const { column, keep } = rule;
  const subjectAt = position(column);
  const orderAt = keep === undefined ? -1 : position(keep.lowest);
  const subjects: string[] = [];
  const rowOf = new Map<string, number>();
  const lowest: number[] = []; // of each row, the order value of the record kept so far
  const lines: number[] = []; // and the line it stands on
  const ties = new Map<number, number>(); // row -> line of another record with the same lowest value

  const orderOf = (record: readonly string[], line: number): number => {
    const text = record[orderAt] ?? "";
    // 15 digits: integers that a double holds exactly.
    if (/^-?\d{1,15}$/.test(text)) return Number(text);
    throw new DemoError(
      "EMRX_DEMO_CSV_ORDER",
      `${file}, line ${line}, column '${keep?.lowest}': '${text}' cannot be ordered; expected an integer of at most 15 digits, since the schema keeps each subject's record with the lowest one`,
    );
  };

  return {
    rowFor(record, line) {
      const subject = record[subjectAt] ?? "";
      if (subject === "") {
        throw new DemoError(
          "EMRX_DEMO_CSV_SUBJECT",
          `${file}, line ${line}, column '${column}': the subject is empty; expected an identifier in every record`,
        );
      }
      const order = keep === undefined ? 0 : orderOf(record, line);
      const row = rowOf.get(subject);
      if (row === undefined) {
        const fresh = subjects.length;
        const own = Buffer.from(subject).toString(); // not a slice of the file's chunk
        rowOf.set(own, fresh);
        subjects.push(own);
        lowest.push(order);
        lines.push(line);
        return fresh;
      }
      if (keep === undefined) {
        throw new DemoError(
          "EMRX_DEMO_CSV_SUBJECT",
          `${file}, line ${line}, column '${column}': subject '${subject}' already has a record on line ${lines[row]}; say in the schema which to keep: "subject": { "column": "${column}", "keep": { "lowest": COLUMN } }`,
        );
      }
      const kept = lowest[row] ?? 0;
      if (order > kept) return -1;
      if (order === kept) {
        ties.set(row, line);
        return -1;
      }
      ties.delete(row);
      lowest[row] = order;
      lines[row] = line;
      return row;
    },
    finish() {
      for (const [row, line] of ties) {
        throw new DemoError(
          "EMRX_DEMO_CSV_ORDER",
          `${file}, line ${line}, column '${keep?.lowest}': subject '${subjects[row]}' has ${lowest[row]} here and on line ${lines[row]}; expected one lowest value a subject, to know which record to keep`,
        );
      }
      return { subjects, lines: Uint32Array.from(lines) };
    },
  };
}

function everyRecord(): SubjectRows {
  const lines: number[] = [];
  return {
    rowFor: (_record, line) => lines.push(line) - 1,
    finish: () => ({
      subjects: lines.map((_, row) => String(row + 1)),
      lines: Uint32Array.from(lines),
    }),
  };
}
