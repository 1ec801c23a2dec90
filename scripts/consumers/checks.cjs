// What must hold of the loaded entries of one package, however they were loaded.
const assert = require("node:assert/strict");

/** `modules`: the loaded entries by specifier. */
exports.check = ({ name, entries, publishesSources }, modules) => {
  assert.equal(publishesSources, false, `${name} leads to sources that cannot be loaded`);
  assert.ok(entries.length > 0);
  for (const entry of entries)
    assert.ok(Object.keys(modules[entry]).length > 0, `${entry} exports nothing`);
  // One copy: a name that two entries export is the same thing.
  for (const [key, value] of Object.entries(modules[name]))
    for (const entry of entries)
      if (Object.hasOwn(modules[entry], key))
        assert.equal(
          modules[entry][key],
          value,
          `${key} of ${entry} is another than that of ${name}`,
        );
};

/** Errors of a subpath are instances of the main entry's class. */
exports.checkErrors = async (load) => {
  const { LdpError } = await load("@emrx/ldp-core");
  const { fileStore } = await load("@emrx/ldp-core/file");
  await assert.rejects(
    async () => fileStore("/dev/null/no/such/folder"),
    (error) => error instanceof LdpError && error.code.startsWith("EMRX_"),
  );
  const { LedgerError } = await load("@emrx/chain-adapter");
  const { openFileLedger } = await load("@emrx/chain-adapter/file");
  await assert.rejects(
    async () => openFileLedger("/dev/null/no/such/folder"),
    (error) => error instanceof LedgerError && error.code.startsWith("EMRX_"),
  );
  const { grr } = await load("@emrx/ldp-core");
  const report = grr({ categories: 3, epsilon: "1" }).randomize(2);
  assert.ok([0, 1, 2].includes(report));
};
