/** Thrown into an incarnation that has died: from then on nothing it does reaches the world. */
export class Crash extends Error {
  override name = "Crash";
}

/** What the platform's storage throws when the disk fails: the transaction is rolled back, the object lives on. */
export class DiskError extends Error {
  override name = "DiskError";
  constructor(message = "disk I/O error") {
    super(message);
  }
}

export const DISK_IS_FULL = "database or disk is full: SQLITE_FULL";

/** Whatever the engine has made of it on its way. */
export const isOfDisk = (text: string): boolean => /disk I\/O|SQLITE_FULL/.test(text);
