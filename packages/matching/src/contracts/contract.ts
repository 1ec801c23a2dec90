// What two agents may agree on, and how an agent chooses among what it is offered.

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
