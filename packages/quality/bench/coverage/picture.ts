// The grid as a picture: one tile for the worst coverage of a mechanism, an epsilon and a number of reports.

interface Group {
  readonly title: string;
  readonly rows: readonly { readonly label: string; readonly values: readonly number[] }[];
}

const [tileWidth, tileHeight, labels, gap] = [26, 9, 110, 24];

/** Blue where it covers as it says, then yellow to dark red. */
function colour(coverage: number): string {
  if (coverage >= 0.945) return coverage >= 0.975 ? "#9ecae1" : "#4292c6";
  if (coverage >= 0.93) return "#fed976";
  if (coverage >= 0.85) return "#fd8d3c";
  return coverage >= 0.5 ? "#e31a1c" : "#800026";
}

export function heatMap(options: {
  readonly columns: readonly string[];
  readonly groups: readonly Group[];
}): string {
  const { columns, groups } = options;
  const inner = columns.length * tileWidth;
  const rows = groups[0]?.rows.length ?? 0;
  const width = labels + groups.length * (inner + gap);
  const height = 60 + rows * tileHeight + 46;
  const text = (x: number, y: number, words: string, more = ""): string =>
    `<text x="${x}" y="${y}" ${more}>${words}</text>`;
  const parts = groups.flatMap(({ title, rows: lines }, g) => {
    const left = labels + g * (inner + gap);
    return [
      text(left, 24, title, 'font-weight="bold"'),
      ...columns.map((n, c) =>
        text(left + (c + 0.5) * tileWidth, 48, n, 'text-anchor="middle" font-size="8"'),
      ),
      ...lines.flatMap(({ label, values }, r) => {
        const y = 56 + r * tileHeight;
        return [
          ...(g === 0 && label !== "" ? [text(4, y + 10, label)] : []),
          ...values.map(
            (coverage, c) =>
              `<rect x="${left + c * tileWidth}" y="${y}" width="${tileWidth - 1}" height="${tileHeight - 1}" fill="${colour(coverage)}"><title>${coverage.toFixed(4)}</title></rect>`,
          ),
        ];
      }),
    ];
  });
  const legend = (
    [
      [0.98, "0.975 and above"],
      [0.95, "0.945 to 0.975"],
      [0.94, "0.93 to 0.945"],
      [0.9, "0.85 to 0.93"],
      [0.6, "0.5 to 0.85"],
      [0.1, "below 0.5"],
    ] as const
  ).flatMap(([coverage, words], i) => [
    `<rect x="${labels + i * 130}" y="${height - 26}" width="12" height="12" fill="${colour(coverage)}"/>`,
    text(labels + 18 + i * 130, height - 16, words),
  ]);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="11"><title>Worst coverage of 95 % intervals of a frequency, by mechanism, epsilon (0.05 to 8 downwards) and number of reports</title><rect width="${width}" height="${height}" fill="#ffffff"/>${[...parts, ...legend].join("")}</svg>\n`;
}
