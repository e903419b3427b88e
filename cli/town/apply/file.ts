/** town.yaml: what a town shall be. Read strictly, so that a word that nobody knows is an error and no wish that is passed over. */
import { parseDocument } from "yaml";
import { z } from "zod";
import { presetNames } from "../../../src/agents/index.ts";
import { slug } from "../../../src/protocol/common.ts";
import { Fault } from "../../fault.ts";
import { millisecondsOf } from "../times.ts";
import { wordsOf } from "../words.ts";

const words = z.union([z.string().transform(wordsOf), z.array(z.string())]);
const time = z.union([z.number().int().positive(), z.string()]).transform((given, context) => {
  const ms = typeof given === "number" ? given : millisecondsOf(given);
  if (ms !== null) return ms;
  context.addIssue("a time such as 30m, 2h or 1d");
  return z.NEVER;
});
const cap = z.number().int().positive().nullable();

const rig = z
  .strictObject({
    repository: z.string(),
    branch: z.string(),
    gate: z.union([z.null(), words]),
    maxGate: time,
    maxAgents: cap,
    maxInReview: cap,
    trailers: z.boolean().nullable(),
    noChange: z.enum(["close", "park"]),
  })
  .partial()
  .required({ repository: true })
  .transform(({ repository, branch, maxGate, ...rest }) => ({
    ...{ repoUrl: repository, ...rest },
    ...(branch !== undefined && { defaultBranch: branch }),
    ...(maxGate !== undefined && { maxGateMs: maxGate }),
  }));

const agent = z
  .strictObject({
    rig: slug,
    role: z.string(),
    enabled: z.boolean(),
    preset: z.enum(presetNames),
    command: words,
    driver: z.enum(["exec", "acp"]),
    model: z.string().nullable(),
    permissions: z.enum(["allow", "deny"]),
    provider: z.string().nullable(),
    env: z.record(z.string(), z.string()),
    maxRun: time,
    maxCost: z.number().positive().nullable(),
    maxTokens: cap,
  })
  .partial()
  .required({ rig: true })
  .transform(({ maxRun, maxCost, ...rest }) => ({
    ...rest,
    ...(maxRun !== undefined && { maxRunMs: maxRun }),
    ...(maxCost !== undefined && { maxCostUsd: maxCost }),
  }));

const file = z.strictObject({
  town: slug.optional(),
  settings: z.record(z.string(), z.json()).default({}),
  rigs: z.record(slug, rig).default({}),
  agents: z.record(slug, agent).default({}),
});
export type Desired = z.infer<typeof file>;

/** @throws Fault that says where it is wrong */
export function desiredIn(text: string): Desired {
  const read = file.safeParse(yamlIn(text) ?? {});
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw new Fault(`${issue?.path.join(".") || "the file"}: ${issue?.message}`);
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
