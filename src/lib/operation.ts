/**
 * What a request of an operator's is: where it is sent, what it carries, what is answered. Commands and queries are operations;
 * the routes, the checks at the door, OpenAPI and the docs are made from what stands here.
 */
import { z } from "zod";
import type { Scope } from "./scopes.ts";

/** What stands in a path, a schema for each name. */
export type Params = Record<string, z.ZodType>;

export interface Operation {
  /** The name of its file, and OpenAPI's `operationId`. */
  name: string;
  method: "GET" | "POST" | "PATCH" | "DELETE";
  /** Below `/v1/towns/{town}`, such as `/beads/{bead}/cancel`. */
  path: string;
  /** What a token must be allowed, for this to be asked of it. Null: nothing. */
  scope: Scope | null;
  /** It is sent to `/v1/towns`, since there is no town yet. */
  founds?: boolean | undefined;
  /** It is about no single town: its path begins at the root. */
  isWholePath?: boolean | undefined;
  /** What it does, in one sentence. */
  summary: string;
  /** One for each `{name}` of the path. */
  params?: Params | undefined;
  /** Left out: none is taken. */
  query?: z.ZodType | undefined;
  /** Left out: no body is read. */
  body?: z.ZodType | undefined;
  /** An empty body stands for `{}`. */
  emptyBody?: boolean | undefined;
  /** What the body is, where it is no JSON. */
  bodyType?: string | undefined;
  /** The body of the answer. */
  output: z.ZodType;
  /** What the body of the answer is, where it is no JSON: then `output` is a text, or a page of one (`textPage`). */
  outputType?: string | undefined;
  /** 201: something was made. Left out: 200. */
  status?: 200 | 201 | undefined;
}

export function pathOf({ path, founds, isWholePath }: Pick<Operation, "path" | "founds" | "isWholePath">): string {
  if (isWholePath) return path;
  return founds ? `/v1/towns${path}` : `/v1/towns/{town}${path}`;
}

export type ParamsOf<P extends Params> = { [Name in keyof P]: z.output<P[Name]> };

export const JSON_LINES = "application/x-ndjson";

/**
 * A text that goes out by page: where the next one begins stands in a header. Who asks for no page (`cursor`), and for no size
 * of one (`limit`), is sent all of them as one stream.
 */
export const textPage = z.object({ text: z.string(), nextCursor: z.string().nullable() });
export type TextPage = z.output<typeof textPage>;

/** The header that says where the next page of a text begins; the last page has none. */
export const NEXT_CURSOR = "next-cursor";

/** Names in a path, in order: `/beads/{bead}` has `bead`. */
export const namesIn = (path: string): string[] => [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name as string);
