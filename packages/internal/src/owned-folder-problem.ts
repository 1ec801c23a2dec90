// Why a folder is not owned, and how that becomes an error of the package that asked.

/** Why a folder is not owned. The message says what to do. */
export interface OwnershipProblem {
  /** `held`: by a living process. `lost`: it was owned and no longer is. `refused`: the system or the file system refuses. */
  readonly kind: "held" | "lost" | "refused";
  readonly message: string;
  readonly cause?: unknown;
}

/** Makes the error of the package that owns the folder. */
export type OwnershipError = (problem: OwnershipProblem) => Error;
