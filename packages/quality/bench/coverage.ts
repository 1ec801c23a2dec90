// How often the default interval of a frequency covers, exactly, on the whole grid and between: `npm run study:coverage -- --out FILE.svg`.
import { writeFileSync } from "node:fs";
import type { Cell } from "./coverage/cell.js";
import {
  addCell,
  epsilons,
  gridCells,
  noWorst,
  searchedCells,
  sizes,
  targets,
  type Worst,
} from "./coverage/grid.js";
import { mechanisms } from "./coverage/laws.js";
import { heatMap } from "./coverage/picture.js";

const out = process.argv[process.argv.indexOf("--out") + 1];
const byMechanism = new Map<string, Worst>();
const map = new Map<string, { own: number; normal: number }>();
const entry = <V>(all: Map<string, V>, key: string, fresh: () => V): V => {
  const found = all.get(key) ?? fresh();
  all.set(key, found);
  return found;
};

for (const cell of gridCells()) {
  const { channel, n, target } = cell;
  addCell(entry(byMechanism, `${channel.mechanism}, ${target}`, noWorst), cell, n <= 1000);
  const tile = entry(map, `${channel.mechanism} ${channel.epsilon} ${n} ${target}`, () => ({
    own: 1,
    normal: 1,
  }));
  tile.own = Math.min(tile.own, cell.coverage);
  tile.normal = Math.min(tile.normal, cell.normalCoverage);
}

const shown = ({ channel, n, f }: Cell): string =>
  `eps ${channel.epsilon.toPrecision(3)}, d ${channel.categories}, n ${n}, f ${f.toPrecision(3)}`;
console.log(
  "mechanism, target | cells | worst coverage, at | normal, worst | widest against normal, at",
);
for (const [name, worst] of byMechanism)
  console.log(
    `${name} | ${worst.cells} | ${worst.coverage.toFixed(4)}, ${worst.at ? shown(worst.at) : ""} | ${worst.normalCoverage.toFixed(3)} | ${worst.ratio.toFixed(2)}, ${worst.ratioAt ? shown(worst.ratioAt) : ""}`,
  );

let state = 1;
const uniform = (): number => {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return state / 2 ** 32;
};
const between = noWorst();
for (const cell of searchedCells(uniform, 3000)) addCell(between, cell, false);
console.log(
  `between the points | ${between.cells} | ${between.coverage.toFixed(4)}, ${between.at ? `${between.at.channel.mechanism}, ${between.at.target}, ${shown(between.at)}` : ""} | ${between.normalCoverage.toFixed(3)} |`,
);

if (out !== undefined && process.argv.includes("--out"))
  writeFileSync(
    out,
    heatMap({
      columns: sizes.map(String),
      groups: targets.flatMap((target) =>
        (["default", "normal"] as const).map((kind) => ({
          title: `${kind}, ${target}`,
          rows: mechanisms.flatMap((mechanism) =>
            epsilons.map((epsilon) => ({
              label: epsilon === epsilons[0] ? mechanism : "",
              values: sizes.map((n) => {
                const tile = map.get(`${mechanism} ${epsilon} ${n} ${target}`);
                return (kind === "default" ? tile?.own : tile?.normal) ?? 1;
              }),
            })),
          ),
        })),
      ),
    }),
  );
