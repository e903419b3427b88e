import type { z } from "zod";
import { listBeadsQuery } from "./list-beads.ts";
import { listProvidersQuery } from "./list-providers.ts";
import { readInvariantsQuery } from "./read-invariants.ts";

/** Every query there is, a line each; their order means nothing. */
const all = [listBeadsQuery, listProvidersQuery, readInvariantsQuery] as const;

type Query = (typeof all)[number];
export type QueryName = Query["name"];
type QueryOf<Name extends QueryName> = Extract<Query, { name: Name }>;
export type QueryInputOf<Name extends QueryName> = Parameters<QueryOf<Name>["read"]>[1];
export type QueryOutputOf<Name extends QueryName> = z.output<QueryOf<Name>["output"]>;

export const queries: readonly Query[] = all;

export const queryNamed = (name: string): Query | undefined => all.find((query) => query.name === name);
