import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { sharedJson, sharedPath, testWithShared } from "@emrx/testkit";
import { afterAll, describe, expect, test, vi } from "vitest";
import { type CsvLayout, type CsvOptions, type CsvTable, readCsv } from "../src/csv.js";
import { columnTexts, type DictionaryColumn, textColumns } from "../src/dictionary-column.js";
import { schemaJson } from "../src/schemas.js";

vi.setConfig({ testTimeout: 60_000 }); // the real files take a second or two, more on a busy machine

const folder = mkdtempSync(join(tmpdir(), "emrx-csv-"));
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
function fileOf(content: string | Uint8Array): string {
  const file = join(folder, `${files++}.csv`);
  writeFileSync(file, content);
  return file;
}

const layout = (...names: string[]): CsvLayout => ({ attributes: names.map((name) => ({ name })) });
const read = (content: string | Uint8Array, needs: CsvLayout, options?: CsvOptions) =>
  readCsv(fileOf(content), needs, options);
const texts = (table: CsvTable) => textColumns(table.columns);

describe("what is read", () => {
  test("only the columns of the schema are read, under the header's names", async () => {
    const table = await read("a,b,c\n1,2,3\n4,5,6\n", {
      attributes: [{ name: "last", column: "c" }, { name: "a" }],
    });
    expect(texts(table)).toEqual({ c: ["3", "6"], a: ["1", "4"] });
    expect(table).toMatchObject({ rows: 2, records: 2, subjects: ["1", "2"] });
  });

  test("quotes, doubled quotes, commas and line ends in fields, CRLF, a byte order mark and no last line end are legal", async () => {
    const table = await read('\ufeffa,b\r\n"x, ""y""","1\r\n2"\r\n,ü', layout("a", "b"));
    expect(texts(table)).toEqual({ a: ['x, "y"', ""], b: ["1\r\n2", "ü"] });
  });

  test("a gzip file is read like the plain one, whatever its name", async () => {
    const plain = "a,b\n1,2\n3,4\n";
    expect(await read(gzipSync(plain), layout("b"))).toEqual(await read(plain, layout("b")));
  });

  test("a column keeps each distinct text once", async () => {
    const rows = Array.from({ length: 5000 }, (_, i) => `${i % 3},x`).join("\n");
    const { columns } = await read(`a,b\n${rows}\n`, layout("a", "b"));
    expect(columns["a"]?.dictionary).toEqual(["0", "1", "2"]);
    expect(columns["a"]?.codes.length).toBe(5000);
    expect(Array.from(columns["a"]?.codes.subarray(0, 5) ?? [])).toEqual([0, 1, 2, 0, 1]);
  });

  test("`records` takes the first so many records of the file and looks at nothing after them", async () => {
    const content = "a,b\n1,2\n3,4\n5\n";
    expect(texts(await read(content, layout("a"), { records: 2 }))).toEqual({ a: ["1", "3"] });
    await expect(read(content, layout("a"), { records: 3 })).rejects.toMatchObject({
      code: "EMRX_DEMO_CSV_ROW",
    });
    expect((await read(content.slice(0, -2), layout("a"), { records: 9 })).records).toBe(2);
  });

  test("progress counts the file's bytes up to all of them", async () => {
    const file = fileOf(gzipSync("a\n1\n2\n"));
    const seen: [number, number][] = [];
    await readCsv(file, layout("a"), { onProgress: (...step) => seen.push(step) });
    const [done, total] = seen.at(-1) ?? [];
    expect(done).toBe(total);
    expect(total).toBeGreaterThan(20);
  });

  test("an aborted reading is rejected with the signal's reason", async () => {
    const reason = new Error("enough");
    await expect(read("a\n1\n", layout("a"), { signal: AbortSignal.abort(reason) })).rejects.toBe(
      reason,
    );
    const abort = new AbortController();
    const rows = "1\n".repeat(500_000);
    await expect(
      read(`a\n${rows}`, layout("a"), {
        signal: abort.signal,
        onProgress: () => abort.abort(reason),
      }),
    ).rejects.toBe(reason);
  });
});

describe("subjects", () => {
  const needs: CsvLayout = {
    attributes: [{ name: "v" }],
    subject: { column: "who", keep: { lowest: "visit" } },
  };

  test("each subject keeps the record with the lowest number, wherever it stands", async () => {
    const content =
      "who,visit,v\nann,10,a10\nbob,7,b7\nann,9,a9\nann,100,a100\nbob,8,b8\ncy,1,c1\n";
    const table = await read(content, needs);
    expect(table.subjects).toEqual(["ann", "bob", "cy"]);
    expect(Array.from(table.lines)).toEqual([4, 3, 7]);
    expect(texts(table)).toEqual({ v: ["a9", "b7", "c1"] });
    expect(table).toMatchObject({ rows: 3, records: 6 });
  });

  test("a tie for the lowest is an error that names both lines; a tie above it is not", async () => {
    await expect(read("who,visit,v\na,5,x\na,5,y\nb,1,z\n", needs)).rejects.toMatchObject({
      code: "EMRX_DEMO_CSV_ORDER",
      message: expect.stringMatching(/line 3.*'a' has 5 here and on line 2/),
    });
    expect((await read("who,visit,v\na,5,x\na,5,y\na,3,z\na,9,w\n", needs)).rows).toBe(1);
  });

  test.each(["", "x7", "1.5", "1e3", " 4", "9007199254740993"])(
    "an order of '%s' is an error that names line and column",
    async (order) => {
      await expect(read(`who,visit,v\na,5,x\nb,${order},y\n`, needs)).rejects.toMatchObject({
        code: "EMRX_DEMO_CSV_ORDER",
        message: expect.stringMatching(/line 3, column 'visit'/),
      });
    },
  );

  test("an empty subject, and a repeated one without a rule, are errors", async () => {
    await expect(read("who,visit,v\n,5,x\n", needs)).rejects.toMatchObject({
      code: "EMRX_DEMO_CSV_SUBJECT",
      message: expect.stringMatching(/line 2, column 'who'/),
    });
    const once: CsvLayout = { ...needs, subject: { column: "who" } };
    expect((await read("who,v\na,1\nb,2\n", once)).subjects).toEqual(["a", "b"]);
    await expect(read("who,v\na,1\nb,2\na,3\n", once)).rejects.toMatchObject({
      code: "EMRX_DEMO_CSV_SUBJECT",
      message: expect.stringMatching(/line 4.*line 2/),
    });
  });
});

describe("what is wrong", () => {
  const rows = Array.from({ length: 300 }, (_, i) => `${i},${i * 7919}`).join("\n");
  const packed = gzipSync(`a,b\n${rows}\n`);
  const damaged = Uint8Array.from(packed, (byte, i) => (i === packed.length - 6 ? byte ^ 1 : byte));

  test.each<[string, string, string | Uint8Array, RegExp]>([
    ["an empty file", "EMRX_DEMO_CSV_EMPTY", "", /is empty/],
    ["a header alone", "EMRX_DEMO_CSV_EMPTY", "a,b\n", /no record/],
    ["an empty gzip stream", "EMRX_DEMO_CSV_EMPTY", gzipSync(""), /no header/],
    ["a missing column", "EMRX_DEMO_CSV_COLUMN", "a,c\n1,2\n", /line 1.*'b'.*a, c/],
    [
      "a header with a name twice",
      "EMRX_DEMO_CSV_HEADER",
      "a,b,a\n1,2,3\n",
      /columns 1 and 3.*'a'/,
    ],
    ["a short last row", "EMRX_DEMO_CSV_ROW", "a,b\n1,2\n3", /line 3.*1 fields, expected 2.*'b'/],
    ["a short row in the middle", "EMRX_DEMO_CSV_ROW", "a,b\n1\n3,4\n", /line 2/],
    ["a long row", "EMRX_DEMO_CSV_ROW", "a,b\n1,2\n1,2,3\n", /line 3.*3 fields, expected 2/],
    ["a blank line", "EMRX_DEMO_CSV_ROW", "a,b\n1,2\n\n3,4\n", /line 3/],
    ["a quote never closed", "EMRX_DEMO_CSV_QUOTE", 'a,b\n1,"2\n3,4\n', /column 2 \('b'\)/],
    [
      "a quote inside a bare field",
      "EMRX_DEMO_CSV_QUOTE",
      'a,b\n1,2"x"\n',
      /line 2, column 2 \('b'\)/,
    ],
    [
      "text after a closing quote",
      "EMRX_DEMO_CSV_QUOTE",
      'a,b\n"1"x,2\n',
      /line 2, column 1 \('a'\)/,
    ],
    [
      "a truncated gzip stream",
      "EMRX_DEMO_CSV_TRUNCATED",
      packed.subarray(0, packed.length - 20),
      /truncated/,
    ],
    ["a damaged gzip stream", "EMRX_DEMO_CSV_COMPRESSION", damaged, /damaged/],
  ])("%s is an error of its own: %s", async (_name, code, content, message) => {
    const file = fileOf(content);
    const error = await readCsv(file, layout("a", "b")).catch((thrown) => thrown);
    expect(error).toMatchObject({ name: "DemoError", code });
    expect(error.message).toMatch(message);
    expect(error.message).toContain(file);
  });

  test("every cut of a gzip file is noticed", async () => {
    for (let length = 1; length < packed.length; length += 37) {
      const error = await read(packed.subarray(0, length), layout("a")).catch((thrown) => thrown);
      expect(error).toMatchObject({ name: "DemoError" });
    }
  });

  test("a file that is not there, or is a folder, is an error with its cause", async () => {
    for (const file of [join(folder, "nowhere.csv"), folder]) {
      const error = await readCsv(file, layout("a")).catch((thrown) => thrown);
      expect(error).toMatchObject({ code: "EMRX_DEMO_CSV_FILE", cause: expect.anything() });
    }
  });
});

interface Truth {
  scopes: Record<string, { columns: Record<string, { frequencies?: Record<string, number> }> }>;
}

/** How often each text stands in a column. */
function counts(column: DictionaryColumn | undefined): Record<string, number> {
  const found: Record<string, number> = {};
  for (const text of column === undefined ? [] : columnTexts(column)) {
    found[text] = (found[text] ?? 0) + 1;
  }
  return found;
}

describe("the real files", () => {
  for (const [name, scope, rows, records] of [
    ["brfss2015", "all", 253_680, 253_680],
    ["diabetes130", "first_encounter_per_patient", 71_518, 101_766],
  ] as const) {
    testWithShared(
      `data/${name}/${name}.csv.gz`,
      `${name}: every count equals the one counted by another program`,
      async () => {
        const json = schemaJson(name) as {
          attributes: Record<string, { column?: string }>;
          subject?: NonNullable<CsvLayout["subject"]>;
        };
        const attributes = Object.entries(json.attributes).map(([key, { column }]) => ({
          name: key,
          column,
        }));
        const file = sharedPath(`data/${name}/${name}.csv.gz`) ?? "";
        const table = await readCsv(file, { attributes, subject: json.subject });
        expect(table).toMatchObject({ rows, records });
        expect(new Set(table.subjects).size).toBe(rows);
        const truth = sharedJson(`data/${name}/truth.json`) as Truth;
        let compared = 0;
        for (const [column, { frequencies }] of Object.entries(
          truth.scopes[scope]?.columns ?? {},
        )) {
          if (frequencies === undefined || table.columns[column] === undefined) continue;
          expect(counts(table.columns[column]), column).toEqual(frequencies);
          compared += Object.keys(frequencies).length;
        }
        expect(compared).toBeGreaterThan(100);
      },
    );
  }
});
