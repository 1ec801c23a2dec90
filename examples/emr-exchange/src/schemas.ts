// Where a schema's JSON form comes from: one that ships with the demo, or a file.
import { readFileSync } from "node:fs";
import { DemoError } from "./errors.js";
import brfss2015 from "./schemas/brfss2015.json" with { type: "json" };
import diabetes130 from "./schemas/diabetes130.json" with { type: "json" };
import synthetic from "./schemas/synthetic.json" with { type: "json" };

const shipped: Readonly<Record<string, unknown>> = { synthetic, brfss2015, diabetes130 };

/**
 * The JSON form of a schema, not yet checked: hand it to ldp-core's `parseSchema`.
 *
 * @param nameOrFile `synthetic`, `brfss2015`, `diabetes130`, or the path of a JSON file
 * @throws DemoError `EMRX_DEMO_SCHEMA_FILE`
 */
export function schemaJson(nameOrFile: string): unknown {
  if (Object.hasOwn(shipped, nameOrFile)) return shipped[nameOrFile];
  let text: string;
  try {
    text = readFileSync(nameOrFile, "utf8");
  } catch (cause) {
    throw new DemoError(
      "EMRX_DEMO_SCHEMA_FILE",
      `--schema: '${nameOrFile}' is neither a schema that ships with the demo (${Object.keys(shipped).join(", ")}) nor a file that can be read (${(cause as Error).message})`,
      { cause },
    );
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new DemoError(
      "EMRX_DEMO_SCHEMA_FILE",
      `${nameOrFile}: not JSON (${(cause as Error).message})`,
      { cause },
    );
  }
}
