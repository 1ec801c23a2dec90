// Formulas in letters of a typewriter become powers on a page, and nothing else changes.
import { expect, test } from "vitest";
import { superscripts } from "../site/superscripts.mjs";

function rendered(content: string): string {
  const rules: { text?: (tokens: { content: string }[], index: number) => string } = {};
  superscripts({
    utils: { escapeHtml: (text: string) => text.replaceAll("<", "&lt;") },
    renderer: { rules },
  });
  return rules.text?.([{ content }], 0) ?? "";
}

test.each([
  ["at most e^epsilon.", "at most e<sup>ε</sup>."],
  ["2^20 categories", "2<sup>20</sup> categories"],
  ["(p / q)^2 <= h^2", "(p / q)<sup>2</sup> &lt;= h<sup>2</sup>"],
  ["e^(2 epsilon), e^{e_i}", "e<sup>2 ε</sup>, e<sup>ei</sup>"],
  ["T = floor(2^b' w)", "T = floor(2<sup>b'</sup> w)"],
  ["below 2^-36 here", "below 2<sup>-36</sup> here"],
  ["^ alone, a ^ b", "^ alone, a ^ b"],
])("%s", (text, html) => {
  expect(rendered(text)).toBe(html);
});
