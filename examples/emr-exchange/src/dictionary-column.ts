// A column of text held as a list of its distinct values and one number a row: 253,680 rows of 22 columns
// are 5.6 million strings, but only a few hundred different ones.

/** A column: the text of row i is `dictionary[codes[i]]`. */
export interface DictionaryColumn {
  /** The distinct texts. Some may be used by no row (those of a record that was not kept). */
  readonly dictionary: readonly string[];
  /** One index into `dictionary` a row. */
  readonly codes: Uint32Array;
}

/** The column as plain strings, one a row; equal texts are one shared string. */
export function columnTexts(column: DictionaryColumn): string[] {
  const { dictionary, codes } = column;
  const texts = new Array<string>(codes.length);
  for (let row = 0; row < codes.length; row++) texts[row] = dictionary[codes[row] ?? 0] ?? "";
  return texts;
}

/** All columns as plain strings, as ldp-core's `encodeTable` takes them. */
export function textColumns(
  columns: Readonly<Record<string, DictionaryColumn>>,
): Record<string, string[]> {
  return Object.fromEntries(
    Object.entries(columns).map(([name, column]) => [name, columnTexts(column)]),
  );
}

/** Collects a column row by row; a row may be written again. */
export interface ColumnBuilder {
  set(row: number, text: string): void;
  /** The column of the first `rows` rows. */
  finish(rows: number): DictionaryColumn;
}

/** An empty column that grows as rows are set. */
export function columnBuilder(): ColumnBuilder {
  const dictionary: string[] = [];
  const codeOf = new Map<string, number>();
  let codes = new Uint32Array(1024);
  return {
    set(row, text) {
      let code = codeOf.get(text);
      if (code === undefined) {
        code = dictionary.length;
        // A field's string can be a slice that keeps a whole chunk of the file alive: copy it once.
        const own = Buffer.from(text).toString();
        dictionary.push(own);
        codeOf.set(own, code);
      }
      if (row >= codes.length) {
        const grown = new Uint32Array(Math.max(row + 1, codes.length * 2));
        grown.set(codes);
        codes = grown;
      }
      codes[row] = code;
    },
    finish: (rows) => ({ dictionary, codes: codes.slice(0, rows) }),
  };
}
