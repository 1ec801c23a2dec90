// The specifiers of all entries of the installed packages, from their manifests.
const { readFileSync } = require("node:fs");
const { join } = require("node:path");

const { dependencies } = JSON.parse(readFileSync(join(__dirname, "package.json"), "utf8"));
exports.packages = Object.keys(dependencies)
  .filter((name) => name.startsWith("@emrx/"))
  .map((name) => {
    const manifest = readFileSync(join(__dirname, "node_modules", name, "package.json"), "utf8");
    const { exports: subpaths } = JSON.parse(manifest);
    const entries = Object.keys(subpaths)
      .filter((subpath) => !subpath.endsWith(".json"))
      .map((subpath) => name + subpath.slice(1));
    return { name, entries, publishesSources: manifest.includes("@emrx/source") };
  });
