/** What each tool tells of what it uses, and when: what it can't tell is said when an agent is registered. */
import type { PresetName, Program } from "./index.ts";

/** After each `step` (a call of its model), at a `turn`'s end, or `never`. */
type When = "step" | "turn" | "never";

export interface Tells {
  tokens: When;
  cost: When;
}

const tells: Record<Exclude<PresetName, "exec">, Record<Program["driver"], Tells>> = {
  claude: { exec: { tokens: "step", cost: "turn" }, acp: { tokens: "turn", cost: "turn" } },
  codex: { exec: { tokens: "turn", cost: "never" }, acp: { tokens: "turn", cost: "never" } },
  opencode: { exec: { tokens: "step", cost: "step" }, acp: { tokens: "turn", cost: "step" } },
  gemini: { exec: { tokens: "turn", cost: "never" }, acp: { tokens: "never", cost: "never" } },
};

/** Null: a command that is not known. */
export const tellsOf = (program: Pick<Program, "preset" | "driver"> | null): Tells | null =>
  program === null || program.preset === "exec" ? null : tells[program.preset][program.driver];
