// Formulas, $`...$` and ```math, by KaTeX as MathML: the browser draws them without a script, a style sheet or a font of ours.
import katex from "katex";
import texmath from "markdown-it-texmath";

/**
 * Teaches a Markdown parser formulas.
 *
 * @param parser - markdown-it
 * @param {(message: string) => void} fail - is told what KaTeX rejects; markdown-it-texmath swallows the exception
 */
export function formulas(parser, fail) {
  const engine = {
    renderToString(tex, options) {
      try {
        return katex.renderToString(tex, {
          ...options,
          output: "mathml",
          throwOnError: true,
          strict: "error",
        });
      } catch (error) {
        fail(error.message);
        throw error;
      }
    },
  };
  parser.use(texmath, { engine, delimiters: ["gitlab", "dollars"] });
}
