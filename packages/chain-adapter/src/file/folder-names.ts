// Whether the names in a folder are still what they were. Asking after a file that is being written to makes its next write a
// quarter slower, since the system then keeps its times more finely; asking after the folder costs nothing.
import { statSync } from "node:fs";

/** Times of changes closer to now than this may be those of a later change too: clocks of file systems tick in up to 10 ms. */
const SETTLED = 50n * 1_000_000n;

/** Looks at files of a folder again when a name in it may have been made, removed or given to another file. */
export class FolderNames {
  readonly #folder: string;
  readonly #check: () => void;
  /** The folder's time of change when the check last passed, if no later change can have the same. */
  #passed: bigint | undefined;

  /** @param check throws if the files are not those that they were */
  constructor(folder: string, check: () => void) {
    this.#folder = folder;
    this.#check = check;
  }

  /** Throws what the check throws, unless it passed and no name has changed since. */
  check(): void {
    const found = statSync(this.#folder, { bigint: true, throwIfNoEntry: false })?.ctimeNs;
    if (found !== undefined && found === this.#passed) return;
    this.#check();
    const now = BigInt(Date.now()) * 1_000_000n;
    this.#passed = found !== undefined && now - found > SETTLED ? found : undefined;
  }
}
