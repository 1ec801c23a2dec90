// What a published manifest does not say: the way to the sources, which refer to a package that is not published.
export const hooks = {
  beforePacking(manifest) {
    for (const target of Object.values(manifest.exports ?? {}))
      if (typeof target === "object") delete target["@emrx/source"];
    return manifest;
  },
};
