/** A bead's state, as people read it: what is stored as failed is parked, and waits for a person. */
export const statusWords = (status: string): string => (status === "failed" ? "parked" : status.replaceAll("_", " "));
