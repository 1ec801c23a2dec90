// A study on real records: all two-way tables of some attributes, their intervals against the truth, prediction against observation.
//
// npm run study:tables -- --data FILE.csv[.gz] --domains domains.json --attributes a,b,c
//   [--epsilon 2] [--seeds 20] [--out page.html]
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { page } from "./page.js";
import { readColumns } from "./read-columns.js";
import { twoWayStudy } from "./two-way-study.js";

const { values: options } = parseArgs({
  options: {
    data: { type: "string" },
    domains: { type: "string" },
    attributes: { type: "string" },
    epsilon: { type: "string", default: "2" },
    seeds: { type: "string", default: "20" },
    out: { type: "string" },
  },
});
if (!options.data || !options.domains || !options.attributes) {
  throw new Error(
    "usage: two-way-tables --data FILE.csv[.gz] --domains FILE.json --attributes a,b,c",
  );
}
const columns = readColumns(options.data, options.domains, options.attributes.split(","));
const { apart, together } = twoWayStudy(columns, options.epsilon, Number(options.seeds));
const study = {
  records: columns[0]?.values.length ?? 0,
  attributes: columns.map(({ name }) => name),
  epsilon: options.epsilon,
  seeds: Number(options.seeds),
};
console.log(
  JSON.stringify({ ...study, apart: apart.overall, together: together.overall }, null, 2),
);
if (options.out) {
  const panels = [
    {
      title: "Attributes randomized apart",
      method:
        "Each attribute by generalized randomized response with half of epsilon; tables by the Kronecker inverse, normal intervals.",
      result: apart,
    },
    {
      title: "Cells randomized jointly",
      method:
        "The pair's cell as one value with the whole of epsilon, by the mechanism that suits its size; Clopper-Pearson intervals.",
      result: together,
    },
  ];
  writeFileSync(options.out, page(study, panels));
}
