/** What a tool printed in a story, as the fast tests read it again: without the places of the machine that it ran on. */
import { writeFileSync } from "node:fs";
import { homedir, hostname, tmpdir } from "node:os";
import { join } from "node:path";
import type { Run } from "./town.ts";

/** The first line of a recording: what was understood when it was made. */
export interface Recorded {
  state: string;
  failure: { kind: string; code: string } | null;
  /** Until when its tool said that its provider takes nothing, in seconds from `at`; null: it named no time. */
  resetS: number | null;
  tokens: number | null;
  /** It went on with the session of the run before. */
  goesOn: boolean;
  /** When the run was over, or was last heard of. */
  at: string;
}

const root = join(import.meta.dirname, "../..");

/** Of these the tools have many, and they are a matter of their version and of who is logged in. */
const MANY = ["availableCommands", "availableModels", "slash_commands", "skills", "tools", "agents"];

/** @param places folders of this story, each with what stands for it */
export function record(to: string, log: string, head: Recorded, places: readonly (readonly [string, string])[]): void {
  const all = [...places, [root, "/townkeeper"], [tmpdir(), "/temporary"], [homedir(), "/home/agent"]] as const;
  // Some tools name a folder after another one's path.
  const cleaned = all.reduce(
    (text, [place, name]) => text.replaceAll(place, name).replaceAll(dashed(place), dashed(name)),
    log.replace(/127\.0\.0\.1:\d+/g, "127.0.0.1"),
  );
  const text = cleaned.replace(new RegExp(`\\b${hostname().replaceAll(".", "\\.")}\\b`, "g"), "host");
  writeFileSync(to, `${[JSON.stringify(head), ...text.trimEnd().split("\n").map(shortened)].join("\n")}\n`);
}

/** Long lists to their first entry. */
function shortened(line: string): string {
  try {
    return JSON.stringify(JSON.parse(line), function (this: { category?: string }, key, value) {
      const isLong = MANY.includes(key) || (key === "options" && this.category === "model");
      return isLong && Array.isArray(value) ? value.slice(0, 1) : value;
    });
  } catch {
    return line;
  }
}

const dashed = (path: string): string => path.replace(/[^A-Za-z0-9]/g, "-");

export const headOf = (run: Run, resetMs: number | null, goesOn: boolean): Recorded => ({
  state: run.state,
  failure: run.failure && { kind: run.failure.kind, code: run.failure.code },
  resetS: resetMs && Math.round(resetMs / 1_000),
  tokens: run.usage && run.usage.inputTokens + run.usage.outputTokens,
  goesOn,
  at: run.failure?.at ?? run.startedAt,
});
