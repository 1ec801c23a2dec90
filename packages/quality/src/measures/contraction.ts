// Contraction: how much of the distance between two populations survives in their reports.
import { checkChannel, type PureChannel } from "../channel.js";

/**
 * p - q: the total variation distance between the reports of two people with different values. For reports that name one value
 * (GRR) it is Dobrushin's coefficient: the reports of two populations are exactly this much closer than the populations.
 * No mechanism with loss epsilon exceeds $`(e^\varepsilon - 1)/(e^\varepsilon + 1)`$.
 *
 * @param channel - p and q
 * @returns a number in (0, 1]
 * @throws EMRX_BAD_CHANNEL
 * @example
 * ```ts
 * import { contraction } from "@emrx/quality";
 *
 * contraction({ p: 0.75, q: 0.25 }); // => 0.5
 * ```
 */
export function contraction(channel: PureChannel): number {
  checkChannel(channel);
  return channel.p - channel.q;
}
