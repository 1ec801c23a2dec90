// Reference material that lies beside the checkout (../shared) and is not part of the project:
// tests that need it skip with a message where it is absent.
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type TestFunction, test } from "vitest";

const folder = fileURLToPath(new URL("../../../shared/", import.meta.url));

/** The absolute path of a file under ../shared, or undefined where it is absent. */
export function sharedPath(path: string): string | undefined {
  return existsSync(folder + path) ? folder + path : undefined;
}

/** A parsed JSON file under ../shared. */
export function sharedJson(path: string): unknown {
  return JSON.parse(readFileSync(folder + path, "utf8"));
}

/** A test that needs a file under ../shared: skipped, and said so in its name, where the file is absent. */
export function testWithShared(path: string, name: string, check: TestFunction): void {
  const present = sharedPath(path) !== undefined;
  test.skipIf(!present)(present ? name : `${name} (skipped: ../shared/${path} is absent)`, check);
}
