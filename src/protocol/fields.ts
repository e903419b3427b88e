/** Fields of rigs and agents as the town takes them: programs refuse by these what the town would refuse. */
import { z } from "zod";
import { noNul, slugLike } from "./common.ts";

/** A bead is called by its rig and a number, and its name must be one that addresses take: eleven digits are left for that. */
export const rigName = slugLike("my-rig", 48);

export const maxRunMs = z
  .int()
  .min(1_000)
  .max(24 * 3_600_000);

/** Null: the town's own cap. */
export const cap = z.int().min(1).max(10_000).nullable();

/** In the tool's own words. Null: the tool's default. */
export const model = z
  .string()
  .regex(/^[A-Za-z0-9][\w./:@+[\]-]{0,199}$/, "use a model's name as the tool has it, such as provider/model")
  .nullable();

/** A run that used more is ended, and has failed. Null: no limit. */
export const maxCostUsd = z.number().positive().max(100_000).nullable();
export const maxTokens = z.int().positive().nullable();

const variable = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "use names such as MY_VARIABLE");
const value = z
  .string()
  .regex(...noNul)
  .max(4_000);
export const MAX_VARIABLES = 50;
const fewEnough = (variables: object): boolean => Object.keys(variables).length <= MAX_VARIABLES;
const TOO_MANY = `at most ${MAX_VARIABLES} variables`;
export const env = z.record(variable, value).refine(fewEnough, TOO_MANY);
/** Who can't read the others back changes one without them. Null: it goes. */
export const envChanges = z.record(variable, value.nullable()).refine(fewEnough, TOO_MANY);
