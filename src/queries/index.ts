import type { z } from "zod";
import { explainBeadQuery } from "./explain-bead.ts";
import { exportBeadsQuery } from "./export-beads.ts";
import { listAttemptsQuery } from "./list-attempts.ts";
import { listBeadsQuery } from "./list-beads.ts";
import { listConvoysQuery } from "./list-convoys.ts";
import { listProvidersQuery } from "./list-providers.ts";
import { readAttemptQuery } from "./read-attempt.ts";
import { readAttemptLogQuery } from "./read-attempt-log.ts";
import { readBeadQuery } from "./read-bead.ts";
import { readBeadTimelineQuery } from "./read-bead-timeline.ts";
import { readConvoyQuery } from "./read-convoy.ts";
import { readInvariantsQuery } from "./read-invariants.ts";

/** Every query there is, a line each; their order means nothing. */
const all = [
  explainBeadQuery,
  exportBeadsQuery,
  listAttemptsQuery,
  listBeadsQuery,
  listConvoysQuery,
  listProvidersQuery,
  readAttemptQuery,
  readAttemptLogQuery,
  readBeadQuery,
  readBeadTimelineQuery,
  readConvoyQuery,
  readInvariantsQuery,
] as const;

type Query = (typeof all)[number];
export type QueryName = Query["name"];
type QueryOf<Name extends QueryName> = Extract<Query, { name: Name }>;
export type QueryInputOf<Name extends QueryName> = Parameters<QueryOf<Name>["read"]>[1];
export type QueryOutputOf<Name extends QueryName> = z.output<QueryOf<Name>["output"]>;

export const queries: readonly Query[] = all;

export const queryNamed = (name: string): Query | undefined => all.find((query) => query.name === name);
