/**
 * What a request of an operator's is: where it is sent, what it carries, what is answered. Commands and queries are operations;
 * the routes, the checks at the door, OpenAPI and the docs are made from what stands here.
 */
import type { z } from "zod";

/** What stands in a path, a schema for each name. */
export type Params = Record<string, z.ZodType>;

export interface Operation {
  /** The name of its file, and OpenAPI's `operationId`. */
  name: string;
  method: "GET" | "POST" | "PATCH" | "DELETE";
  /** Below `/v1/towns/{town}`, such as `/beads/{bead}/cancel`. */
  path: string;
  /** It is sent to `/v1/towns`, since there is no town yet. */
  founds?: boolean | undefined;
  /** What it does, in one sentence. */
  summary: string;
  /** One for each `{name}` of the path. */
  params?: Params | undefined;
  /** Left out: the query is ignored. */
  query?: z.ZodType | undefined;
  /** Left out: no body is read. */
  body?: z.ZodType | undefined;
  /** An empty body stands for `{}`. */
  emptyBody?: boolean | undefined;
  /** What the body is, where it is no JSON. */
  bodyType?: string | undefined;
  /** The body of the answer. */
  output: z.ZodType;
  /** What the answer is, where it is no JSON. */
  outputType?: string | undefined;
  /** 201: something was made. Left out: 200. */
  status?: 200 | 201 | undefined;
}

export const pathOf = ({ path, founds }: Pick<Operation, "path" | "founds">): string =>
  founds ? `/v1/towns${path}` : `/v1/towns/{town}${path}`;

export type ParamsOf<P extends Params> = { [Name in keyof P]: z.output<P[Name]> };

export const JSON_LINES = "application/x-ndjson";

/** Names in a path, in order: `/beads/{bead}` has `bead`. */
export const namesIn = (path: string): string[] => [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name as string);
