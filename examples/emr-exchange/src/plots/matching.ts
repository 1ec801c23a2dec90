// Who was matched with whom: sites against requesters, and policy profiles against purposes.
import type { TopLevelSpec } from "vega-lite";
import { whole } from "../html.js";
import type { DemoReport } from "../report.js";
import { colours, renderSvg } from "./render.js";

const widthOfSites = 960;

/** Sites x requesters; the requesters stand by purpose, then by price, which stands above them. */
export async function sitesPlot({ matching, requesters }: DemoReport): Promise<string> {
  const { rows, counts } = matching.bySite;
  const order = requesters
    .map(({ purpose, price }, index) => ({ purpose, price, index }))
    .sort((a, b) => (a.purpose === b.purpose ? a.price - b.price : a.purpose < b.purpose ? -1 : 1));
  const cells = order.flatMap(({ index }, column) =>
    rows.flatMap((site, row) => {
      const pairs = counts[row]?.[index] ?? 0;
      return pairs === 0 ? [] : [{ column, end: column + 1, site, pairs }];
    }),
  );
  const prices = order.map(({ price, purpose }, column) => ({
    column,
    end: column + 1,
    price,
    purpose,
  }));
  const purposes = [...new Set(order.map(({ purpose }) => purpose))];
  const x = {
    field: "column",
    type: "quantitative" as const,
    scale: { domain: [0, order.length], nice: false },
    axis: null,
  };
  const spec: TopLevelSpec = {
    spacing: 8,
    resolve: { scale: { x: "shared", color: "independent" } },
    vconcat: [
      {
        width: widthOfSites,
        height: 90,
        data: { values: prices },
        mark: { type: "rect" },
        encoding: {
          x,
          x2: { field: "end" },
          y: { field: "price", type: "quantitative", axis: { title: "price", tickCount: 3 } },
          y2: { datum: 0 },
          color: {
            field: "purpose",
            type: "nominal",
            scale: { domain: purposes, range: [...colours.purposes] },
            legend: { title: "purpose", orient: "right" },
          },
        },
      },
      {
        width: widthOfSites,
        height: { step: rows.length > 40 ? 8 : 11 },
        data: { values: cells },
        mark: { type: "rect" },
        encoding: {
          x: {
            ...x,
            axis: {
              title: `${requesters.length} requesters, by purpose and then by price`,
              labels: false,
              ticks: false,
              grid: false,
              domain: false,
            },
          },
          x2: { field: "end" },
          y: {
            field: "site",
            type: "nominal",
            sort: null,
            scale: { domain: [...rows] },
            axis: {
              title: `${rows.length} sites`,
              ticks: false,
              domain: false,
              labelFontSize: 8,
              labelOverlap: true,
            },
          },
          color: {
            field: "pairs",
            type: "quantitative",
            scale: {
              scheme: "blues",
              domain: [0, Math.max(1, ...cells.map(({ pairs }) => pairs))],
            },
            legend: { title: "records", orient: "right", gradientLength: 120, tickCount: 4 },
          },
        },
      },
    ],
  };
  return renderSvg(spec, {
    id: "sites",
    title: "Records by site and requester",
    description: `${whole(matching.units)} records between the patients of ${rows.length} sites and ${requesters.length} requesters; ${matching.unmatchedRequesters} requesters have none.`,
  });
}

/** Profiles x purposes, with the numbers written in. */
export async function profilesPlot({ matching }: DemoReport): Promise<string> {
  const { rows, columns, counts } = matching.byProfile;
  const values = rows.flatMap((profile, row) =>
    columns.map((purpose, column) => {
      const pairs = counts[row]?.[column] ?? 0;
      return { profile, purpose, pairs, text: whole(pairs) };
    }),
  );
  const most = Math.max(1, ...values.map(({ pairs }) => pairs));
  const x = {
    field: "purpose",
    type: "nominal" as const,
    sort: null,
    axis: {
      title: "requester's purpose",
      orient: "top" as const,
      labelAngle: 0,
      ticks: false,
      domain: false,
    },
  };
  const y = {
    field: "profile",
    type: "nominal" as const,
    sort: null,
    axis: { title: "patient's profile", ticks: false, domain: false, labelLimit: 260 },
  };
  const spec: TopLevelSpec = {
    width: { step: 110 },
    height: { step: 30 },
    data: { values },
    layer: [
      {
        mark: { type: "rect", stroke: "white", strokeWidth: 2 },
        encoding: {
          x,
          y,
          color: {
            field: "pairs",
            type: "quantitative",
            scale: { scheme: "blues", domain: [0, most] },
            legend: null,
          },
        },
      },
      {
        mark: { type: "text", fontSize: 11 },
        encoding: {
          x,
          y,
          text: { field: "text", type: "nominal" },
          color: {
            condition: { test: `datum.pairs > ${most / 2}`, value: "white" },
            value: colours.ink,
          },
        },
      },
    ],
  };
  return renderSvg(spec, {
    id: "profiles",
    title: "Records by profile and purpose",
    description: values.map((v) => `${v.profile} and ${v.purpose}: ${v.text} records`).join("; "),
  });
}
