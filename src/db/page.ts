/** A part of a list. */
export interface Page {
  limit: number;
  /** Rows before this, newest first. */
  before?: number | undefined;
}
