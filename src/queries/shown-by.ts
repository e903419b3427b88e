/** Which query shows what a command changes, and the version of it: both have one path. */
import { z } from "zod";
import type { Operation } from "../lib/operation.ts";
import { queries } from "./index.ts";

type Query = (typeof queries)[number];

/** Undefined: nothing shows it alone. */
export const shownBy = ({ method, path }: Pick<Operation, "method" | "path">): Query | undefined =>
  method === "PATCH" ? queries.find((query) => query.path === path) : undefined;

/**
 * What people and models write anew as a whole, on the ground of what they have read: another's change of it would be lost without a
 * word. All else that is changed is one value, or takes the place of that alone.
 */
const WRITTEN_WHOLE: Readonly<Record<string, readonly string[]>> = {
  "edit-bead": ["acceptance", "body", "labels", "metadata"],
};

export const writtenWhole = ({ name }: Pick<Operation, "name">): readonly string[] => WRITTEN_WHOLE[name] ?? [];

/** What a change may set: its version is made of that alone. */
export const fieldsOf = ({ body }: Pick<Operation, "body">): string[] =>
  body instanceof z.ZodObject ? Object.keys(body.shape).sort() : [];
