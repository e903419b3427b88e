/** What a host finds of an agent before it runs. Imported by the Worker and by the host program: no platform API may be used here. */
import { z } from "zod";
import { BOOT_CHARS, CODE_CHARS, listOf, words } from "./bounded.ts";
import { command, PROTOCOL, rig, slug } from "./common.ts";
import { program, startRequest } from "./runs.ts";

/** `POST /v1/preflight`: could this agent work here? Pushes a branch to the remote and deletes it, and starts no agent unless it is told to. */
export const preflightRequest = z.object({
  protocol: z.literal(PROTOCOL),
  town: slug,
  rig,
  command,
  program: program.optional(),
  env: startRequest.shape.env,
  /** Has a tool that is known answer one word, in an empty folder: whether its model and key are taken. That costs a little. */
  call: z.boolean().optional(),
});
export type PreflightRequest = z.infer<typeof preflightRequest>;

/** What was looked at, in order. `detail`: what was found; `hint`: what to do where it is not well. */
const check = z.object({
  name: z.enum(["repository", "push", "command", "login", "disk", "model"]),
  ok: z.boolean(),
  detail: words(2_000),
  hint: words(500).nullable(),
  /** What is wrong with the rig, by the codes of runs that meet the same. An older host does not say. */
  code: words(CODE_CHARS).nullable().optional(),
});
export type PreflightCheck = z.infer<typeof check>;
export const preflightAnswer = z.object({ bootId: words(BOOT_CHARS), checks: listOf(check, 10) });
