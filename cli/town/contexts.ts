/** Towns that a person has given names to, in a file of their own: it may hold tokens. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { z } from "zod";
import { Fault } from "../fault.ts";
import { didYouMean } from "./nearest.ts";

const context = z.object({
  url: z.string(),
  /** The town that is meant where none is named. */
  town: z.string().optional(),
  /** Absolute. */
  tokenFile: z.string().optional(),
  token: z.string().optional(),
});
export type Context = z.infer<typeof context>;

const contexts = z.object({
  /** Null: the town keeper that runs here. */
  current: z.string().nullable(),
  contexts: z.record(z.string(), context),
});
type Contexts = z.infer<typeof contexts>;

export const contextsFile = (env: NodeJS.ProcessEnv): string =>
  join(env.XDG_CONFIG_HOME || join(env.HOME || homedir(), ".config"), "townkeeper", "contexts.json");

/** @throws Fault if the file can't be read, or was spoilt */
export function readContexts(env: NodeJS.ProcessEnv): Contexts {
  const file = contextsFile(env);
  try {
    return contexts.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return { current: null, contexts: {} };
    throw new Fault(`${file} can't be read as contexts: mend it, or take it away and add them again`);
  }
}

/** Whole or not at all, and for nobody else's eyes. */
export function writeContexts(env: NodeJS.ProcessEnv, changed: Contexts): void {
  const file = contextsFile(env);
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const made = `${file}.${process.pid}`;
  writeFileSync(made, `${JSON.stringify(changed, null, 2)}\n`, { mode: 0o600 });
  renameSync(made, file);
}

/** @throws Fault if there is none of this name */
export function contextOf({ contexts }: Contexts, name: string): Context {
  if (Object.hasOwn(contexts, name)) return contexts[name] as Context;
  const names = Object.keys(contexts);
  throw new Fault(
    `there is no context ${name}.${didYouMean(name, names) || ` There are ${names.join(", ") || "none"}.`}`,
  );
}

interface Named {
  /** By --context. */
  context: string | undefined;
  url: string | undefined;
  state: string | undefined;
}

/** The context that is meant. Null: the command line or the environment says where the town is, or it runs here. */
export function contextFor({ context, url, state }: Named, env: NodeJS.ProcessEnv): Context | null {
  if (context !== undefined) {
    if (url !== undefined || state !== undefined)
      throw new Fault("--context says where the town is: leave out --url and --state");
    return contextOf(readContexts(env), context);
  }
  if (url !== undefined || state !== undefined || env.TOWNKEEPER_URL || env.TOWNKEEPER_STATE) return null;
  const known = readContexts(env);
  const named = env.TOWNKEEPER_CONTEXT || known.current;
  return named === null ? null : contextOf(known, named);
}
