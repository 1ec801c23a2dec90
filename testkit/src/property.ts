import fc from "fast-check";
import { test } from "vitest";

/** Registers a vitest test that checks a law for many generated inputs. */
export function property<Ts extends [unknown, ...unknown[]]>(
  name: string,
  arbitraries: { [K in keyof Ts]: fc.Arbitrary<Ts[K]> },
  check: (...args: Ts) => void | Promise<void>,
  parameters?: fc.Parameters<Ts>,
): void {
  test(name, async () => {
    await fc.assert(
      fc.asyncProperty(...arbitraries, async (...args: Ts) => check(...args)),
      parameters,
    );
  });
}
