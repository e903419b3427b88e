/** What a town asks of a host about runs: to start one, to tell one something, and what lives there. */
import { z } from "zod";
import { presetNames } from "../agents/index.ts";
import { command, commit, fence, PROTOCOL, reporting, rig, slug } from "./common.ts";

/** How the agent program is spoken to, and how what it says is read. */
export const program = z.object({
  preset: z.enum(presetNames),
  /** `exec`: the prompt on standard input, its output read. `acp`: the Agent Client Protocol over both. */
  driver: z.enum(["exec", "acp"]),
  model: z.string().nullable(),
  maxCostUsd: z.number().positive().nullable(),
  maxTokens: z.int().positive().nullable(),
  permissions: z.enum(["allow", "deny"]),
  resume: z.boolean().optional(),
});

/** Work of an attempt: its commit, what it is built on, and where it was pushed. */
const work = z.object({ branch: z.string().min(1).max(300), head: commit, base: commit.optional() });

/** `PUT /v1/runs/{agent}`: run this agent on this bead, once, under this fence. */
export const startRequest = z.object({
  protocol: z.literal(PROTOCOL),
  town: slug,
  agent: slug,
  bead: slug,
  fence,
  rig,
  /** The agent program. An argument that is exactly `{prompt}` or `{prompt_file}` is replaced. */
  command,
  /** Left out: any command, of which its exit code alone is understood. */
  program: program.optional(),
  env: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string()),
  prompt: z.string(),
  /** First line of the commit that the host makes of changes the agent left uncommitted. */
  title: z.string(),
  maxRunMs: z.int().positive(),
  /**
   * What the bead's last work is, on the branch of its attempt: the run goes on with it. Null: it begins at the main branch. Left
   * out: the town knows of none, and the host may go on with what it kept itself.
   */
  from: work.nullable().optional(),
  /** The remote has declined branches of this rig: find out whether it takes this one before the agent spends anything. */
  pushFirst: z.boolean().optional(),
  reporting,
});
export type StartRequest = z.infer<typeof startRequest>;
/** What the engine asks for: all of it but how the run reports, which is made when it is sent. */
export type StartOrder = Omit<StartRequest, "protocol" | "reporting">;

/** `POST /v1/runs/{agent}/messages`: a word to the run of this fence, put into its inbox once. 409: fenced; 404: no such run. */
export const messageRequest = z.object({
  protocol: z.literal(PROTOCOL),
  town: slug,
  fence,
  /** The same again is the same message. */
  id: z.string().min(1).max(100),
  text: z.string().min(1).max(4_000),
});
export type MessageRequest = z.infer<typeof messageRequest>;

/** `GET /v1/runs`: what lives here, and what lately ended. A process, not a promise: `spawnedAtMs` is when it really began. */
const hostRun = z.object({
  town: slug,
  agent: slug,
  bead: slug,
  fence,
  state: z.enum(["preparing", "running", "finishing", "ended"]),
  pid: z.number().nullable(),
  spawnedAtMs: z.number().nullable(),
  exitedAtMs: z.number().nullable(),
});
export type HostRun = z.infer<typeof hostRun>;
export const hostRuns = z.object({ bootId: z.string(), runs: z.array(hostRun) });
