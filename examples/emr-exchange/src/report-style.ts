// The look of the report's page.

/** CSS for report-page.ts; system fonts, nothing loaded. */
export const style = `
:root { --ink: #1f2933; --soft: #52606d; --line: #e4e7eb; --paper: #fff; --back: #f5f7fa; --good: #05683f; --bad: #b42318; }
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
header, main { max-width: 1240px; margin: 0 auto; padding: 0 24px; }
header { padding-top: 32px; }
h1 { margin: 0; font-size: 30px; line-height: 1.2; }
h2 { margin: 0 0 4px; font-size: 20px; }
.kind { margin: 0 0 4px; color: var(--soft); font-size: 13px; letter-spacing: .04em; text-transform: uppercase; }
.hash { font: 12px/1.5 ui-monospace, "Cascadia Mono", Menlo, monospace; color: var(--soft); overflow-wrap: anywhere; }
p.hash { margin: 0 0 12px; }
.tiles { display: grid; grid-template-columns: repeat(auto-fill, minmax(260px, 1fr)); gap: 12px; margin: 20px 0; }
.tiles > div { background: var(--paper); border: 1px solid var(--line); border-top: 3px solid #9aa5b1; border-radius: 6px; padding: 12px 16px; }
.tiles dt { color: var(--soft); font-size: 13px; }
.tiles dd { margin: 0; }
.tiles dd b { display: block; font-size: 26px; line-height: 1.25; font-variant-numeric: tabular-nums; }
.tiles dd span { color: var(--soft); font-size: 13px; }
.tiles .good { border-top-color: var(--good); } .tiles .good b { color: var(--good); }
.tiles .bad { border-top-color: var(--bad); } .tiles .bad b { color: var(--bad); }
section { background: var(--paper); border: 1px solid var(--line); border-radius: 6px; padding: 20px 24px; margin: 0 0 20px; }
.lead { margin: 0 0 16px; color: var(--soft); max-width: 80ch; }
figure { margin: 0 0 12px; overflow-x: auto; }
svg { max-width: 100%; height: auto; }
.panels { columns: 272px; column-gap: 16px; }
.panels figure { border-top: 1px solid var(--line); padding-top: 8px; break-inside: avoid; }
figcaption b { display: block; overflow-wrap: anywhere; }
figcaption span { display: block; color: var(--soft); font-size: 12px; line-height: 1.35; margin-bottom: 4px; }
details { border-top: 1px solid var(--line); padding-top: 10px; margin-top: 8px; }
summary { cursor: pointer; font-weight: 600; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: 13px; margin-top: 8px; }
caption { text-align: left; color: var(--soft); padding-bottom: 6px; }
th, td { text-align: left; padding: 3px 14px 3px 0; border-bottom: 1px solid var(--line); font-variant-numeric: tabular-nums; }
tbody th { font-weight: 400; }
.number { text-align: right; }
.checks { list-style: none; margin: 0; padding: 0; }
.checks li { display: grid; grid-template-columns: 6.5em 1fr; padding: 6px 0; border-bottom: 1px solid var(--line); }
.checks li span { grid-column: 2; color: var(--soft); font-size: 13px; overflow-wrap: anywhere; }
.checks .good b { color: var(--good); } .checks .bad b { color: var(--bad); }
@media print { body { background: none; } section { break-inside: avoid-page; } }
`;
