// From the texts that were read to ldp-core's table, with errors that name the line of the file.
import { encodeTable, LdpError, type Schema, type Table } from "@emrx/ldp-core";
import type { CsvTable } from "./csv.js";
import { textColumns } from "./dictionary-column.js";
import { DemoError } from "./errors.js";

/**
 * Checks and encodes every value of the table.
 *
 * @param schema the schema by which the table was read
 * @param table from `readCsv` or `syntheticTable`
 * @param file the file it came from, for messages
 * @throws DemoError `EMRX_DEMO_CSV_VALUE` naming file, line, column and what was expected
 */
export function encodeRecords(schema: Schema, table: CsvTable, file: string): Table {
  try {
    return encodeTable(schema, textColumns(table.columns));
  } catch (error) {
    if (!(error instanceof LdpError) || error.code !== "EMRX_VALUE_OUTSIDE_DOMAIN") throw error;
    // ldp-core counts the rows it was given; where one record a subject was kept, those are not the file's lines.
    const row = /^columns.*?\[(\d+)\] /.exec(error.message)?.[1];
    const line = row === undefined ? undefined : table.lines[Number(row)];
    const place = line === undefined ? file : `${file}, line ${line}`;
    throw new DemoError("EMRX_DEMO_CSV_VALUE", `${place}: ${error.message}`, { cause: error });
  }
}
