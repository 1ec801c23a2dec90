// From what each patient chose to the lots of an offer: classes, noisy counts, and who sits out.
import type { OfferedClass, Publication } from "@emrx/chain-adapter/calls";
import { purposeCovers } from "@emrx/chain-adapter/contracts";
import { type PseudonymScope, secretOrder } from "@emrx/chain-adapter/identity";
import type { RandomSource } from "@emrx/ldp-core";
import { countNoise } from "@emrx/ldp-core/mechanisms";
import { ExchangeError } from "../errors/exchange-error.js";

/** What each patient chose before the record was read: indices into the publication's menus, row by row. */
export interface Choices {
  readonly profile: Uint8Array;
  readonly floor: Uint8Array;
  readonly buyers: Uint8Array;
  /** 1 for whoever, where the class has no whole lot for them, joins one that is stricter in everything; nobody unless given. */
  readonly orStricter?: Uint8Array;
}

/** Lots of each class, by `profile/floor/buyers`, as an epoch fixed them. */
export type EpochLots = Readonly<Record<string, number>>;

/** An offer before its reports are drawn. */
export interface Seating {
  readonly classes: readonly OfferedClass[];
  /** Row of the patient of each leaf. */
  readonly rows: Uint32Array;
  /** Profile of each leaf. */
  readonly profiles: Uint32Array;
  /** Patients who joined a stricter class, and patients who sit out. */
  readonly moved: number;
  readonly sitOut: number;
  readonly lots: EpochLots;
}

interface Class {
  readonly key: string;
  readonly profile: number;
  readonly floor: number;
  readonly buyers: number;
  readonly members: number[];
}

/** Whether everything that `a` promises its patients, `b` promises too. */
function isStricter({ profiles, floors, buyers }: Publication, a: Class, b: Class): boolean {
  const [from, to] = [profiles[a.profile], profiles[b.profile]];
  if (from === undefined || to === undefined || a === b) return false;
  return (
    to.disclosed <= from.disclosed &&
    to.levels.every(
      (level, i) =>
        level < 0 || ((from.levels[i] ?? -1) >= 0 && level >= (from.levels[i] as number)),
    ) &&
    from.refuses.every((code) => to.refuses.some((wider) => purposeCovers(wider, code))) &&
    (floors[b.floor] as number) >= (floors[a.floor] as number) &&
    (buyers[b.buyers] as number) <= (buyers[a.buyers] as number)
  );
}

/** Throws unless every choice is of the menus. */
export function requireChoices(publication: Publication, rows: number, choices: Choices): void {
  const { profiles, floors, buyers } = publication;
  const sizes = {
    profile: profiles.length,
    floor: floors.length,
    buyers: buyers.length,
    orStricter: 2,
  };
  for (const name of ["profile", "floor", "buyers", "orStricter"] as const) {
    const column = choices[name];
    if (column === undefined && name === "orStricter") continue;
    if (!(column instanceof Uint8Array) || column.length !== rows)
      throw new ExchangeError(
        "EMRX_EXCHANGE_OFFER",
        `choices.${name} is ${column instanceof Uint8Array ? `${column.length} entries` : typeof column}; expected a Uint8Array of ${rows} entries, one a row`,
      );
    const wrong = column.findIndex((choice) => choice >= sizes[name]);
    if (wrong >= 0)
      throw new ExchangeError(
        "EMRX_EXCHANGE_OFFER",
        `choices.${name}[${wrong}] is ${column[wrong]}; the menu has ${sizes[name]} entries, so an index from 0 to ${sizes[name] - 1}`,
      );
  }
}

/**
 * Fills lots. Numbers of lots are (n - X) / lot size, rounded down, X the noise of the publication, once an epoch. Who is
 * in follows from a secret order. Patients left over join the nearest class that is stricter in everything, if they said
 * so beforehand; all others sit out. Nobody comes to terms that are looser in anything.
 */
export function seat({
  publication,
  choices,
  rows,
  secret,
  scope,
  noise,
  epoch,
}: {
  readonly publication: Publication;
  readonly choices: Choices;
  readonly rows: number;
  readonly secret: Uint8Array;
  readonly scope: PseudonymScope;
  /** Randomness of a class's count. */
  readonly noise: (key: string) => RandomSource;
  /** What the epoch has fixed before; undefined in its first round. */
  readonly epoch: EpochLots | undefined;
}): Seating {
  requireChoices(publication, rows, choices);
  const { lotSize, counts, limits } = publication;
  const all = new Map<string, Class>();
  for (const row of secretOrder(secret, scope, rows)) {
    const [profile, floor, buyers] = [
      choices.profile[row],
      choices.floor[row],
      choices.buyers[row],
    ] as [number, number, number];
    const key = `${profile}/${floor}/${buyers}`;
    const found = all.get(key) ?? { key, profile, floor, buyers, members: [] };
    found.members.push(row);
    all.set(key, found);
  }
  const stricter = new Map(
    [...all.values()].map((one) => [
      one,
      [...all.values()].filter((other) => isStricter(publication, one, other)),
    ]),
  );
  // Whatever is stricter than a class has fewer classes above itself, so it comes after.
  const order = [...all.values()].sort(
    (a, b) =>
      (stricter.get(b)?.length ?? 0) - (stricter.get(a)?.length ?? 0) || (a.key < b.key ? -1 : 1),
  );
  const sampler = countNoise({ epsilon: counts.epsilon, delta: counts.delta });
  const lots: Record<string, number> = {};
  const seated: Class[] = [];
  let [moved, sitOut, left] = [0, 0, limits.lots];
  for (const one of order) {
    const { key, members } = one;
    const drawn =
      epoch?.[key] ??
      (epoch === undefined
        ? Math.max(0, Math.floor((members.length - sampler.draw(noise(key))) / lotSize))
        : 0); // a class that came up within an epoch waits for the next
    const count = Math.min(drawn, Math.floor(members.length / lotSize), left);
    left -= count;
    lots[key] = epoch === undefined ? count : drawn;
    if (count > 0) seated.push({ ...one, members: members.slice(0, count * lotSize) });
    const [target] = (stricter.get(one) ?? []).sort(
      (a, b) => (stricter.get(b)?.length ?? 0) - (stricter.get(a)?.length ?? 0),
    );
    for (const row of members.slice(count * lotSize)) {
      if (target !== undefined && choices.orStricter?.[row] === 1) {
        target.members.push(row);
        moved++;
      } else sitOut++;
    }
  }
  const taken = seated.flatMap(({ members }) => members);
  return {
    classes: seated.map(({ profile, floor, buyers, members }) => ({
      profile,
      floor,
      buyers,
      lots: members.length / lotSize,
    })),
    rows: Uint32Array.from(taken),
    profiles: Uint32Array.from(
      seated.flatMap(({ profile, members }) => members.map(() => profile)),
    ),
    moved,
    sitOut,
    lots,
  };
}
