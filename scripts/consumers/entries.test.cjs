// Runs in Jest, where the test and what it requires are CommonJS.
const { check, checkErrors } = require("./checks.cjs");
const { packages } = require("./entries.cjs");

test.each(packages)("$name: every entry can be required", (each) => {
  check(each, Object.fromEntries(each.entries.map((entry) => [entry, require(entry)])));
});

test("errors of subpaths are instances of the main entry's class", () => checkErrors(require));
