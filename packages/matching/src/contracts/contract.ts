// What two agents may agree on, and how an agent chooses among what it is offered.
import { anything, iterable, object, optional, type Shape, text } from "@emrx/internal/shape";
import { check } from "../check.js";
import { MatchingError } from "../errors.js";
import { idText, quoted } from "../market/market.js";

/** One possible agreement between a proposer and a reviewer, such as a privacy level at a price. */
export interface Contract<Terms = unknown> {
  readonly id: string;
  /** The proposer's id. */
  readonly proposer: string;
  /** The reviewer's id. */
  readonly reviewer: string;
  /** Whatever the two agree on; the choice functions read it, this package does not. */
  readonly terms?: Terms;
}

/**
 * What an agent chooses of the contracts it is offered; it must depend on nothing else. For stable allocations to
 * exist it should be *substitutable*: a contract that is turned down is turned down, too, when more is offered.
 */
export type ChoiceFunction<Terms = unknown> = (
  offered: readonly Contract<Terms>[],
) => Iterable<Contract<Terms>>;

const contractShape: Shape<Contract> = /* @__PURE__ */ object({
  id: /* @__PURE__ */ text(),
  proposer: /* @__PURE__ */ text(),
  reviewer: /* @__PURE__ */ text(),
  terms: /* @__PURE__ */ optional(anything),
});

/** Throws unless the value is a contract. */
export function checkContract(contract: unknown, name: string): void {
  check(contractShape, contract, name);
}

/**
 * Asks a choice function, of whoever's making: what it returns must be among what is offered, each at most once.
 *
 * @param agent Whose function it is, where that is known.
 */
export function chosenBy<Terms>(
  choose: ChoiceFunction<Terms>,
  offered: readonly Contract<Terms>[],
  agent?: string,
): Contract<Terms>[] {
  const whose =
    agent === undefined ? "the choice function" : `the choice function of ${JSON.stringify(agent)}`;
  const chosen = [
    ...(check(iterable(), choose(offered), `what ${whose} chose`) as Iterable<Contract<Terms>>),
  ];
  const left = new Set(offered);
  for (const contract of chosen)
    if (!left.delete(contract)) {
      const id: unknown = (contract as Partial<Contract> | null | undefined)?.id;
      throw new MatchingError(
        "EMRX_MATCHING_ARGUMENT",
        `What ${whose} chose has ${quoted(id)} in it, which was not offered or was chosen twice.`,
        { ...(agent === undefined ? {} : { agent }), entry: idText(id) },
      );
    }
  return chosen;
}
