// Text and numbers as the report's page writes them.

/** Text made safe inside HTML and SVG elements and quoted attributes. */
export function escapeText(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}

/** A whole number with thin groups: 253,680. */
export function whole(number: number): string {
  return Math.round(number).toLocaleString("en-US");
}

/** Three significant digits: 0.0123, 4.56, 1,230. */
export function figure(number: number | null): string {
  if (number === null) return "none";
  if (!Number.isFinite(number)) return String(number);
  return number.toLocaleString("en-US", { maximumSignificantDigits: 3 });
}

/** A share as a percentage with one decimal. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

/** A table with a header row; numbers stand right. */
export function table(
  caption: string,
  header: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const numeric = header.map((_, i) =>
    rows.every((row) => /^[-\d.,]+( %| s)?$|^none$/.test(row[i] ?? "")),
  );
  const cell = (tag: string, text: string, i: number, scope = ""): string =>
    `<${tag}${scope}${numeric[i] ? ' class="number"' : ""}>${escapeText(text)}</${tag}>`;
  const head = header.map((text, i) => cell("th", text, i, ' scope="col"')).join("");
  const body = rows
    .map((row) => {
      const cells = row.map((text, i) =>
        i === 0 ? cell("th", text, i, ' scope="row"') : cell("td", text, i),
      );
      return `<tr>${cells.join("")}</tr>`;
    })
    .join("\n");
  return `<div class="scroll"><table><caption>${escapeText(caption)}</caption><thead><tr>${head}</tr></thead><tbody>\n${body}\n</tbody></table></div>`;
}
