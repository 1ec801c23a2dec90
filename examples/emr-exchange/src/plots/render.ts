// From a Vega-Lite specification to one self-contained, accessible SVG text, without a DOM.
import { parse, View } from "vega";
import { type Config, compile, type TopLevelSpec } from "vega-lite";
import { escapeText } from "../html.js";

/** Colours that stay apart for colour-blind readers (Okabe and Ito, 2008), on white. */
export const colours = {
  estimate: "#0072b2",
  truth: "#d55e00",
  muted: "#9aa5b1",
  ink: "#1f2933",
  grid: "#e4e7eb",
  purposes: [
    "#0072b2",
    "#e69f00",
    "#009e73",
    "#cc79a7",
    "#56b4e9",
    "#d55e00",
    "#f0e442",
    "#7b8794",
  ],
} as const;

const font = "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif";

const config: Config = {
  background: "white",
  font,
  aria: false, // one title and description for the whole picture instead of thousands of marks read aloud
  view: { stroke: null },
  axis: {
    labelColor: colours.ink,
    titleColor: colours.ink,
    titleFontWeight: "normal",
    gridColor: colours.grid,
    domainColor: colours.muted,
    tickColor: colours.muted,
    labelFontSize: 10.5,
    titleFontSize: 11,
  },
  legend: { labelColor: colours.ink, titleColor: colours.ink, titleFontWeight: "normal" },
  title: { color: colours.ink, fontSize: 12, fontWeight: 600, anchor: "start", offset: 8 },
};

/** What a picture is and what it says, for people who do not see it. */
export interface PictureText {
  /** Unlike any other picture's on the page; letters, digits and hyphens. */
  readonly id: string;
  readonly title: string;
  readonly description: string;
}

/** Draws a specification. */
export async function renderSvg(spec: TopLevelSpec, text: PictureText): Promise<string> {
  const view = new View(parse(compile({ ...spec, config }).spec), { renderer: "none" });
  try {
    return labelled(await view.toSVG(), text);
  } finally {
    view.finalize();
  }
}

function labelled(svg: string, { id, title, description }: PictureText): string {
  // Vega numbers clips and gradients as it goes: on one page they need names of their own, the same in every run.
  const names = new Map<string, string>();
  const unique = svg.replaceAll(
    /(id="|url\(#)((?:clip|gradient)[^")]*)/g,
    (_match, before: string, name: string) => {
      if (!names.has(name)) names.set(name, `${id}-${names.size}`);
      return before + names.get(name);
    },
  );
  // What describes single marks to a screen reader says less than the one description, and weighs much.
  const lean = unique.replaceAll(/<\w[^>]*>/g, (tag) =>
    tag.replaceAll(/ (role|aria-\w+|pointer-events)="[^"]*"/g, ""),
  );
  return lean.replace(
    /<svg ([^>]*)>/,
    (_match, attributes: string) =>
      `<svg ${attributes} role="img" aria-labelledby="${id}-title ${id}-text"><title id="${id}-title">${escapeText(title)}</title><desc id="${id}-text">${escapeText(description)}</desc>`,
  );
}
