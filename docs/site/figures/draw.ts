// Draws a figure as inline SVG with a title, a description and its data as a table; no script, the page's own colours.
import { parse, View } from "vega";
import { type Config, compile, type TopLevelSpec } from "vega-lite";
import { type VariancePoint, variancePoints } from "./variance.js";

const ink = "var(--color-text)";
const faint = "var(--color-accent)";
const config: Config = {
  background: "transparent",
  aria: false, // one title and description for the whole instead of many marks read aloud
  view: { stroke: null },
  axis: {
    labelColor: ink,
    titleColor: ink,
    titleFontWeight: "normal",
    gridColor: faint,
    domainColor: ink,
    tickColor: ink,
  },
  legend: { labelColor: ink, titleColor: ink, titleFontWeight: "normal" },
};

/** The figure `variance NAME` as HTML. @throws Error for any other text */
export async function figure(text: string): Promise<string> {
  const name = /^variance (\w+)$/.exec(text.trim())?.[1];
  if (name === undefined) throw new Error(`no figure is called ${JSON.stringify(text.trim())}`);
  const points = variancePoints(name);
  const view = new View(parse(compile({ ...varianceSpec(points), config }).spec), {
    renderer: "none",
  });
  try {
    return framed(name, points, await view.toSVG());
  } finally {
    view.finalize();
  }
}

function varianceSpec(points: readonly VariancePoint[]): TopLevelSpec {
  return {
    width: 420,
    height: 260,
    data: { values: points.map((point) => ({ ...point, d: String(point.categories) })) },
    mark: { type: "line", point: true },
    encoding: {
      x: { field: "epsilon", type: "quantitative", title: "epsilon" },
      y: {
        field: "variance",
        type: "quantitative",
        scale: { type: "log" },
        title: "n times the variance, at f = 0",
        axis: { values: [0.01, 0.1, 1, 10, 100, 1_000, 10_000, 100_000], gridOpacity: 0.5 },
      },
      color: {
        field: "d",
        type: "nominal",
        sort: ["4", "16", "128", "1024"],
        title: "categories d",
        // Okabe and Ito (2008), those that stand out on white and on black.
        scale: { range: ["#0072b2", "#d55e00", "#009e73", "#cc79a7"] },
      },
      shape: {
        field: "d",
        type: "nominal",
        sort: ["4", "16", "128", "1024"],
        title: "categories d",
      },
    },
  };
}

function framed(name: string, points: readonly VariancePoint[], svg: string): string {
  const domains = [...new Set(points.map(({ categories }) => categories))];
  const epsilons = [...new Set(points.map(({ epsilon }) => epsilon))];
  const rows = epsilons.map((epsilon) => {
    const cells = domains.map((d) => {
      const point = points.find((each) => each.epsilon === epsilon && each.categories === d);
      return `<td>${(point?.variance ?? Number.NaN).toPrecision(4)}</td>`;
    });
    return `<tr><th scope="row">${epsilon}</th>${cells.join("")}</tr>`;
  });
  const head = domains.map((d) => `<th scope="col">d = ${d}</th>`).join("");
  const title = `Variance of ${name} against epsilon, for ${domains.join(", ")} categories`;
  return [
    '<figure class="wide" tabindex="0">',
    svg
      .replace(
        /^<svg /,
        `<svg role="img" aria-label="${title}: it falls as epsilon grows; the table below has the numbers." class="plot" `,
      )
      // Vega's own roles inside: the whole has one name.
      .replaceAll(/(?<=<(?:g|path|text)[^>]*) (?:role|aria-[a-z]+)="[^"]*"/g, "")
      .replaceAll(/\bid="([^"]*)"/g, `id="${name}-$1"`)
      .replaceAll(/url\(#([^)]*)\)/g, `url(#${name}-$1)`),
    `<figcaption>${title}.</figcaption></figure>`,
    '<details><summary>The numbers of the figure</summary><div class="wide" tabindex="0"><table>',
    `<thead><tr><th scope="col">epsilon</th>${head}</tr></thead><tbody>${rows.join("")}</tbody>`,
    "</table></div></details>",
  ].join("\n");
}
