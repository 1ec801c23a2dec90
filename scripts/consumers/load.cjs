const { check, checkErrors } = require("./checks.cjs");
const { packages } = require("./entries.cjs");

for (const each of packages)
  check(each, Object.fromEntries(each.entries.map((entry) => [entry, require(entry)])));
checkErrors(require);
