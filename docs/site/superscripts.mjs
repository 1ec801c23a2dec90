// Powers in doc comments. There they are written so that they can be read in an editor, e^epsilon or (p - q)^2; on a page they are
// set as powers.

const power = /(?<=[\p{L}\p{N})\]'])\^(\{[^{}]*\}|\([^()]*\)|-?[\p{L}\p{N}_'.]*[\p{L}\p{N}_'])/gu;
const greek = { epsilon: "ε", eps: "ε", delta: "δ", lambda: "λ" };

/** Teaches a Markdown parser powers outside code and formulas. */
export function superscripts(parser) {
  const { escapeHtml } = parser.utils;
  parser.renderer.rules.text = (tokens, index) =>
    escapeHtml(tokens[index].content).replaceAll(power, (_, exponent) => {
      const bare = /^[({].*[)}]$/.test(exponent) ? exponent.slice(1, -1) : exponent;
      return `<sup>${bare.replaceAll(/[a-z]+/g, (word) => greek[word] ?? word).replaceAll("_", "")}</sup>`;
    });
}
