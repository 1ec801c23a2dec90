// Everything random in a run: the market from a seed that the report states, the noise from the platform's generator
// unless a seed was given to repeat the run.
import { platformRandom, type RandomSource, seededRandom } from "@emrx/ldp-core";

/** Everything random in a run: from the seed where one was given, else from the platform. */
export interface Chance {
  readonly seed: string;
  /** Population and market. */
  source(purpose: string): RandomSource;
  /** The noise of the reports, keys and secrets. */
  secret(purpose: string): RandomSource;
}

/** The chance of a run; `seed` is what the command line gave. */
export function chanceOf(seed: string | undefined): Chance {
  if (seed !== undefined) {
    const source = (purpose: string): RandomSource => seededRandom(`${seed}/${purpose}`);
    return { seed, source, secret: source };
  }
  const drawn = bytesFrom(platformRandom(), 8).reduce(
    (text, byte) => text + byte.toString(16).padStart(2, "0"),
    "",
  );
  return {
    seed: drawn,
    source: (purpose) => seededRandom(`${drawn}/${purpose}`),
    secret: () => platformRandom(),
  };
}

/** Random bytes. */
export function bytesFrom(source: RandomSource, length: number): Uint8Array<ArrayBuffer> {
  const words = new Uint32Array(Math.ceil(length / 4));
  source.fill(words);
  return new Uint8Array(words.buffer, 0, length);
}
