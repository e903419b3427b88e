import type { Incident } from "../../db/schema.ts";

/** What is wrong with a town's progress, and what a person can do. */
export type Condition = Pick<Incident, "kind" | "cause" | "hint" | "evidence">;

/** Of rigs in one kind of trouble so many are listed. */
export const RIGS_LISTED = 51;
