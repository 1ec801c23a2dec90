// Information: how many nats one report carries about a uniformly distributed value.

import { integer } from "@emrx/internal/shape";
import { channelMembers, check, joined } from "../errors/shapes.js";
import { type ReportForm, reportForm } from "../frequencies/report-form.js";
import { checkChannel, type SupportProbabilities } from "../frequencies/support-probabilities.js";
import { binomialProbability } from "../special/binomial.js";

const informationOptions = /* @__PURE__ */ joined(channelMembers, {
  // Reports of bits are summed over the number of set bits.
  categories: /* @__PURE__ */ integer(2, 10_000_000),
  form: reportForm,
});

/**
 * The mutual information between a uniform value and its report; for values and subsets also the channel's capacity.
 *
 * Its share of the entropy compares mechanisms and levels at one domain size. Do not compare domain sizes by it: with bits it
 * grows with the domain while the accuracy of each frequency does not.
 *
 * @param options - `p`, `q`; `categories` d >= 2; the `form` of a report. For values p + (d - 1) q = 1
 * @returns `nats`, and `share` of the entropy ln d, in [0, 1]
 * @throws EMRX_QUALITY_CHANNEL, EMRX_QUALITY_ARGUMENT
 * @example
 * ```ts
 * import { information } from "@emrx/quality/data-quality";
 *
 * information({ p: 1, q: 0, categories: 2, form: "value" }).share; // => 1
 * information({ p: 0.75, q: 0.25, categories: 2, form: "value" }).nats.toFixed(6); // => "0.130812"
 * ```
 */
export function information(
  options: SupportProbabilities & { readonly categories: number; readonly form: ReportForm },
): { readonly nats: number; readonly share: number } {
  const { p, q, categories, form } = check(informationOptions, options, "options");
  checkChannel({ p, q });
  const entropy = Math.log(categories);
  const others = categories - 1;
  let nats: number;
  if (form === "value") nats = entropy + xlogx(p) + others * xlogx(q);
  else if (form === "bits") nats = bitInformation(p, q, categories);
  else {
    // All subsets are equally likely overall; the value is in a share p of them, and k/d of all hold it.
    const share = (p + others * q) / categories;
    nats = relative(p, share) + relative(1 - p, 1 - share);
  }
  return { nats, share: Math.min(1, Math.max(0, nats / entropy)) };
}

/** p ln(p / q), 0 where p is. */
const relative = (p: number, q: number): number => (p === 0 ? 0 : p * Math.log(p / q));

const xlogx = (x: number): number => (x === 0 ? 0 : x * Math.log(x));

/**
 * Against a report of bits that are all noise, a report is likelier by r1 = p/q if the value's bit is set and by
 * r0 = (1-p)/(1-q) if not; the average over values depends only on how many bits k are set. So the sum over 2^d reports is one over k.
 */
function bitInformation(p: number, q: number, categories: number): number {
  if (q === 0) {
    // A set bit gives the value away; none set says nothing.
    return p * Math.log(categories);
  }
  const others = categories - 1;
  const set = p / q;
  const clear = (1 - p) / (1 - q);
  let average = 0;
  for (let k = 0; k <= categories; k++) {
    const probability =
      (k > 0 ? p * binomialProbability(k - 1, others, q) : 0) +
      (k < categories ? (1 - p) * binomialProbability(k, others, q) : 0);
    if (probability === 0) continue;
    average += probability * Math.log((k * set + (categories - k) * clear) / categories);
  }
  return p * Math.log(set) + (p === 1 ? 0 : (1 - p) * Math.log(clear)) - average;
}
