// Right arguments for the exports: those with which the examples of their doc comments call them.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { transform } from "esbuild";
import { blocks, rewrite } from "../../docs/doctest.mjs";

/** What a module exports, by name. */
export type Module = Readonly<Record<string, unknown>>;

/** The argument lists with which each function of the modules was called and returned, by function. */
export type Calls = Map<unknown, unknown[][]>;

const mostCalls = 3;

/** Runs the examples of a package's sources and records how they call what the modules export. */
export async function recordExamples(
  root: string,
  name: string,
  modules: ReadonlyMap<string, Module>,
): Promise<Calls> {
  const calls: Calls = new Map();
  const wrapped = new Map(
    [...modules].map(([specifier, module]) => [specifier, recording(module, calls)]),
  );
  const load = async (specifier: string): Promise<unknown> =>
    wrapped.get(specifier) ?? import(specifier);
  const folder = join(root, "packages", name, "src");
  for (const path of readdirSync(folder, { recursive: true, encoding: "utf8" }).sort()) {
    if (!path.endsWith(".ts")) continue;
    for (const { body } of blocks(readFileSync(join(folder, path), "utf8"), false)) {
      const source = `async function example(load, expect) {${rewrite(body).replaceAll("await import(", "await load(")}}`;
      const { code } = await transform(source, { loader: "ts", target: "es2022" });
      try {
        await new Function("load", "expect", `${code}\nreturn example(load, expect);`)(
          load,
          expectation,
        );
      } catch {
        // Whether an example is right is for the test of the examples; its calls up to here count.
      }
    }
  }
  return calls;
}

/** Takes the place of vitest's `expect`: values are not compared, and what must be rejected may be. */
const expectation = (value: unknown): unknown => ({
  toEqual: () => undefined,
  rejects: {
    toMatchObject: async () => {
      try {
        await value;
      } catch {
        // as the example says
      }
    },
  },
});

function recording(module: Module, calls: Calls): Module {
  return Object.fromEntries(
    Object.entries(module).map(([name, value]) => [
      name,
      typeof value === "function" && !/^class\b/.test(String(value))
        ? recorded(value, calls)
        : value,
    ]),
  );
}

function recorded(target: object, calls: Calls): unknown {
  return new Proxy(target, {
    apply(inner, self, given) {
      const result = Reflect.apply(inner as () => unknown, self, given);
      const known = calls.get(target) ?? [];
      if (known.length < mostCalls) calls.set(target, [...known, given]);
      return result;
    },
  });
}
