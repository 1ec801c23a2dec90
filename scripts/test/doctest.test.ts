// The runner of the docs' examples: an example that is wrong must not pass.
import { expect, test } from "vitest";
import { blocks, rewrite } from "../../docs/doctest.mjs";

const run = (body: string): Promise<unknown> =>
  new Function("expect", `return (async () => {${rewrite(body)}})()`)(expect) as Promise<unknown>;

test("blocks are found in Markdown and in doc comments, those marked no-run are not", () => {
  expect(blocks("a\n```ts\none;\n```\n```ts no-run\ntwo;\n```\n```json\n3\n```", true)).toEqual([
    { line: 3, body: "one;" },
  ]);
  expect(blocks("/**\n * ```ts\n * one;\n *   two;\n * ```\n */\ncode();", false)).toEqual([
    { line: 3, body: "one;\n  two;" },
  ]);
});

test("a right value passes and a wrong one fails, also over several lines and for constants", async () => {
  await run("1 + 1; // => 2");
  await run("[\n1,\n2].map((x) => x * 2); // => [2, 4]\nconst a = { b: 1 }; // => { b: 1 }");
  await expect(run("1 + 1; // => 3")).rejects.toThrow();
  await expect(run("const a = 1; // => 2")).rejects.toThrow();
  await run("Promise.resolve(5); // => 5");
});

test("a thrown or rejected code is compared, and nothing thrown fails", async () => {
  const fail = 'function fail() { throw Object.assign(new Error("no"), { code: "EMRX_A" }); }\n';
  await run(`${fail}fail(); // throws EMRX_A`);
  await run(`${fail}(async () => fail())(); // throws EMRX_A`);
  await expect(run(`${fail}fail(); // throws EMRX_B`)).rejects.toThrow();
  await expect(run("1; // throws EMRX_A")).rejects.toThrow();
});

test("a mark that would never be checked is an error", () => {
  expect(() => rewrite("if (a) {\n  b(); // => 1\n}")).toThrow("not behind a top-level statement");
});

test("imports of every form become dynamic imports, types vanish", () => {
  const from = (clause: string): string => rewrite(`import ${clause} from "m";`);
  expect(from("a")).toBe('const { default: a } = await import("m");');
  expect(from("* as a")).toBe('const a = await import("m");');
  expect(from("{\n  a,\n  b as c,\n  type D,\n}")).toBe('const { a, b: c } = await import("m");');
  expect(from("type { A }")).toBe("");
  expect(rewrite('import "m";')).toBe('await import("m");');
});
