/** Thrown into an incarnation that has died: from then on nothing it does reaches the world. */
export class Crash extends Error {
  override name = "Crash";
}

/** What the platform's storage throws when the disk fails: the transaction is rolled back, the object lives on. */
export class DiskError extends Error {
  override name = "DiskError";
  constructor() {
    super("disk I/O error");
  }
}
