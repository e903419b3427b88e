/** town.yaml: what a town shall be. Read strictly, so that a word that nobody knows is an error and no wish that is passed over. */
import { parseDocument } from "yaml";
import { z } from "zod";
import { presetNames } from "../../../src/agents/index.ts";
import { branchName } from "../../../src/lib/branch.ts";
// What is refused is said in the words of the town.
import "../../../src/lib/input-words.ts";
import { settingsPatch } from "../../../src/lib/settings.ts";
import { faultOfCommand, wordsOf } from "../../../src/lib/shell-words.ts";
import { command, landingsAtOnce, repoUrl, slug } from "../../../src/protocol/common.ts";
import { cap, env, maxCostUsd, maxRunMs, maxTokens, model, rigName } from "../../../src/protocol/fields.ts";
import { Fault } from "../../fault.ts";
import { didYouMean } from "../nearest.ts";
import { millisecondsOf } from "../times.ts";
import { namesAt } from "./names.ts";

const text = z
  .string()
  .transform((given, context) => {
    const fault = faultOfCommand(given);
    if (fault === null) return wordsOf(given);
    context.addIssue(fault);
    return z.NEVER;
  })
  .pipe(command);
const words = z.union([text, command]);
const time = z
  .union([z.number(), z.string()])
  .transform((given, context) => {
    const ms = typeof given === "number" ? given : millisecondsOf(given);
    if (ms !== null) return ms;
    context.addIssue("a time such as 30m, 2h or 1d");
    return z.NEVER;
  })
  .pipe(maxRunMs);

const rig = z
  .strictObject({
    repository: repoUrl,
    branch: branchName,
    gate: z.union([z.null(), text, command]),
    maxGate: time,
    landingsAtOnce,
    maxAgents: cap,
    maxInReview: cap,
    trailers: z.boolean().nullable(),
    noChange: z.enum(["close", "park"]),
  })
  .partial()
  .transform(({ repository, branch, maxGate, ...rest }) => ({
    ...(repository !== undefined && { repoUrl: repository }),
    ...rest,
    ...(branch !== undefined && { defaultBranch: branch }),
    ...(maxGate !== undefined && { maxGateMs: maxGate }),
  }));

const agent = z
  .strictObject({
    rig: slug,
    role: slug,
    enabled: z.boolean(),
    preset: z.enum(presetNames),
    command: words,
    driver: z.enum(["exec", "acp"]),
    model,
    permissions: z.enum(["allow", "deny"]),
    provider: slug.nullable(),
    env,
    maxRun: time,
    maxCost: maxCostUsd,
    maxTokens,
  })
  .partial()
  .transform(({ maxRun, maxCost, ...rest }) => ({
    ...rest,
    ...(maxRun !== undefined && { maxRunMs: maxRun }),
    ...(maxCost !== undefined && { maxCostUsd: maxCost }),
  }));

const file = z.strictObject({
  town: slug.optional(),
  settings: settingsPatch.default({}),
  rigs: z.record(rigName, rig).default({}),
  agents: z.record(slug, agent).default({}),
});
export type Desired = z.infer<typeof file>;

/** Fields of requests, and what the file calls them. */
const IN_THE_FILE: Record<string, string> = {
  repoUrl: "repository",
  defaultBranch: "branch",
  maxGateMs: "maxGate",
  maxRunMs: "maxRun",
  maxCostUsd: "maxCost",
};
export const nameInFile = (field: string): string => IN_THE_FILE[field] ?? field;

/** @throws Fault that says where it is wrong */
export function desiredIn(text: string): Desired {
  const read = file.safeParse(yamlIn(text) ?? {});
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw new Fault(`${issue?.path.join(".") || "the file"}: ${issue && wordsFor(issue)}`);
}

function wordsFor(issue: z.core.$ZodIssue): string {
  if (issue.code !== "unrecognized_keys") return issue.message;
  const [typed = ""] = issue.keys;
  const names = namesAt(file, issue.path);
  return `there is no ${typed} here.${didYouMean(typed, names) || ` There are ${names.join(", ")}.`}`;
}

function yamlIn(text: string): unknown {
  const document = parseDocument(text);
  // A tag that means nothing here is a warning to others.
  const [wrong] = [...document.errors, ...document.warnings];
  if (wrong) throw notYaml(wrong);
  try {
    const value: unknown = document.toJS();
    refuseOdd(value);
    return value;
  } catch (error) {
    if (error instanceof ReferenceError) throw notYaml(error);
    throw error;
  }
}

const notYaml = ({ message }: Error): Fault =>
  new Fault(`the file is no YAML: ${message.split("\n", 1)[0]?.replace(/:$/, "")}`);

/** What readers of objects pass over in silence, or never come to an end of. */
function refuseOdd(value: unknown, within: readonly unknown[] = [], at = "the file"): void {
  if (typeof value !== "object" || value === null) return;
  if (within.includes(value)) throw new Fault(`${at}: it holds itself`);
  for (const [key, inner] of Object.entries(value)) {
    if (key === "__proto__") throw new Fault(`${at}: nothing can be called ${key}`);
    refuseOdd(inner, [...within, value], key);
  }
}
