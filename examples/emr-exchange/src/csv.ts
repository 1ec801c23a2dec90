// Reads the columns a schema needs from a CSV file (RFC 4180, UTF-8, plain or gzip), as a stream.
import { createReadStream } from "node:fs";
import { open, stat } from "node:fs/promises";
import { Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { CsvError, type InfoRecord, parse } from "csv-parse";
import { type ColumnBuilder, columnBuilder, type DictionaryColumn } from "./dictionary-column.js";
import { DemoError } from "./errors.js";
import { type SubjectRule, subjectRows } from "./subject-rows.js";

/** The part of a schema that says what to read; an ldp-core schema is one. */
export interface CsvLayout {
  readonly attributes: readonly { readonly name: string; readonly column?: string | undefined }[];
  readonly subject?: SubjectRule | undefined;
}

/** Options of {@link readCsv}. */
export interface CsvOptions {
  /** Read only the first so many records of the file (before the subject rule). */
  readonly records?: number | undefined;
  /** Stops the reading: the promise is rejected with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Called now and then with bytes of the file (as stored, so compressed bytes of a .gz). */
  readonly onProgress?: ((bytesRead: number, bytesTotal: number) => void) | undefined;
}

/** What was read. */
export interface CsvTable {
  /** One column an entry, by the name in the CSV's header; only those the schema names. */
  readonly columns: Record<string, DictionaryColumn>;
  /** Rows kept: one a subject. */
  readonly rows: number;
  /** Records read from the file, kept or not. */
  readonly records: number;
  /** The subject of every row: the subject column's text or, without one, the record's number from "1". */
  readonly subjects: string[];
  /** The line of the file on which each row's record ends (synthetic records have none: 0). */
  readonly lines: Uint32Array;
}

/**
 * Reads the columns of a CSV file that a schema names, and keeps one row a subject.
 *
 * Without a subject column every record is a subject of its own. With one, rows stand in the order in which the
 * subjects first occur, and `keep.lowest` picks each subject's record. A file cut within its very last field cannot be told
 * from a whole one (a last line without a line end is legal); every other cut is noticed.
 *
 * @param file path of a `.csv` or `.csv.gz` file (told apart by content, not by name)
 * @param layout the schema, or just its `attributes` and `subject`
 * @returns the columns, the number of rows and the subjects
 * @throws DemoError `EMRX_DEMO_CSV_*`; its message names file, line, column and what was expected
 */
export async function readCsv(
  file: string,
  layout: CsvLayout,
  options: CsvOptions = {},
): Promise<CsvTable> {
  const { records: limit = Number.POSITIVE_INFINITY, signal, onProgress } = options;
  signal?.throwIfAborted();
  const { size, gzip } = await probe(file);
  const reader = recordReader(file, layout, limit);

  const source = createReadStream(file, { highWaterMark: 1 << 18 });
  const report = (): void => onProgress?.(source.bytesRead, size);
  source.on("data", report);
  const parser = parse({ bom: true, on_record: (record: string[], at) => reader.take(record, at) });
  const enough = new AbortController();
  // The parser hands every record to the reader and none further: this end only keeps the stream flowing.
  const end = new Writable({ objectMode: true, write: (_record, _encoding, done) => done() });
  reader.onEnough = () => enough.abort();
  const stop = signal ? AbortSignal.any([signal, enough.signal]) : enough.signal;
  try {
    if (gzip) await pipeline(source, createGunzip(), parser, end, { signal: stop });
    else await pipeline(source, parser, end, { signal: stop });
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    if (!enough.signal.aborted) throw explained(error, file, reader.header);
  }
  report();
  return reader.finish();
}

/** Looks at the file's size and first two bytes (gzip files start with 1f 8b, RFC 1952). */
async function probe(file: string): Promise<{ size: number; gzip: boolean }> {
  try {
    const { size } = await stat(file);
    const handle = await open(file);
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(2), 0, 2, 0);
      if (bytesRead === 0) throw new DemoError("EMRX_DEMO_CSV_EMPTY", `${file}: the file is empty`);
      return { size, gzip: bytesRead === 2 && buffer.readUInt16BE() === 0x1f8b };
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof DemoError) throw error;
    throw unreadable(file, error);
  }
}

function unreadable(file: string, cause: unknown): DemoError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new DemoError("EMRX_DEMO_CSV_FILE", `${file}: cannot be read (${why})`, { cause });
}

interface RecordReader {
  header: readonly string[];
  onEnough: () => void;
  take(record: string[], at: InfoRecord): null;
  finish(): CsvTable;
}

/** Takes the header first, then record after record. */
function recordReader(file: string, layout: CsvLayout, limit: number): RecordReader {
  const wanted = [...new Set(layout.attributes.map(({ name, column }) => column ?? name))];
  const builders: ColumnBuilder[] = wanted.map(() => columnBuilder());
  let positions: number[] = [];
  let rows: ReturnType<typeof subjectRows> | undefined;
  let records = 0;
  const reader: RecordReader = {
    header: [],
    onEnough: () => {},
    take(record, at) {
      if (rows === undefined) {
        reader.header = record;
        const position = columnPositions(file, record);
        positions = wanted.map(position);
        rows = subjectRows(file, layout.subject, position);
      } else if (records < limit) {
        records++;
        const row = rows.rowFor(record, at.lines);
        if (row >= 0) {
          for (let i = 0; i < positions.length; i++)
            builders[i]?.set(row, record[positions[i] ?? 0] ?? "");
        }
        if (records === limit) reader.onEnough();
      }
      return null;
    },
    finish() {
      if (rows === undefined || records === 0) {
        const missing = rows === undefined ? "header line" : "record after the header line";
        throw new DemoError("EMRX_DEMO_CSV_EMPTY", `${file}: the file has no ${missing}`);
      }
      const { subjects, lines } = rows.finish();
      const columns: Record<string, DictionaryColumn> = {};
      wanted.forEach((name, i) => {
        const column = builders[i]?.finish(subjects.length);
        if (column !== undefined) columns[name] = column;
      });
      return { columns, rows: subjects.length, records, subjects, lines };
    },
  };
  return reader;
}

/** Finds columns by name in the header, and refuses a header that names one twice. */
function columnPositions(file: string, header: readonly string[]): (name: string) => number {
  const positions = new Map<string, number>();
  header.forEach((name, position) => {
    const before = positions.get(name);
    if (before !== undefined) {
      throw new DemoError(
        "EMRX_DEMO_CSV_HEADER",
        `${file}, line 1: columns ${before + 1} and ${position + 1} are both named '${name}'; expected distinct names`,
      );
    }
    positions.set(name, position);
  });
  return (name) => {
    const position = positions.get(name);
    if (position === undefined) {
      const names = header.length > 12 ? [...header.slice(0, 12), "..."] : header;
      throw new DemoError(
        "EMRX_DEMO_CSV_COLUMN",
        `${file}, line 1: the schema needs a column '${name}', the file has: ${names.join(", ")}`,
      );
    }
    return position;
  };
}

/** Turns an error of a stream below into one that names the place. */
function explained(error: unknown, file: string, header: readonly string[]): unknown {
  if (error instanceof DemoError) return error;
  if (error instanceof CsvError) return explainedCsv(error, file, header);
  const code = (error as { code?: unknown } | null)?.code;
  if (code === "Z_BUF_ERROR") {
    return new DemoError(
      "EMRX_DEMO_CSV_TRUNCATED",
      `${file}: the gzip stream stops before its end; the file is truncated, get it again`,
      { cause: error },
    );
  }
  if (typeof code === "string" && code.startsWith("Z_")) {
    return new DemoError(
      "EMRX_DEMO_CSV_COMPRESSION",
      `${file}: the gzip stream is damaged (${(error as Error).message}); get the file again`,
      { cause: error },
    );
  }
  return unreadable(file, error);
}

function explainedCsv(error: CsvError, file: string, header: readonly string[]): DemoError {
  const at = error as unknown as { lines?: number; index?: number; column?: number };
  const index = typeof at.column === "number" ? at.column : (at.index ?? 0);
  const place = `${file}, line ${at.lines ?? "unknown"}`;
  const column = `column ${index + 1}${header[index] === undefined ? "" : ` ('${header[index]}')`}`;
  if (error.code === "CSV_RECORD_INCONSISTENT_FIELDS_LENGTH") {
    const found = (error as unknown as { record?: unknown[] }).record?.length ?? index;
    return new DemoError(
      "EMRX_DEMO_CSV_ROW",
      `${place}: the row has ${found} fields, expected ${header.length} as in the header${
        found < header.length ? ` (the first one missing is '${header[found]}')` : ""
      }; a truncated file ends like this`,
      { cause: error },
    );
  }
  return new DemoError(
    "EMRX_DEMO_CSV_QUOTE",
    `${place}, ${column}: ${error.message}; a field with quotes, commas or line ends is enclosed in double quotes, and its quotes are doubled`,
    { cause: error },
  );
}
