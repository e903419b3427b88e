/** How an agent is to be run, worked out of what the client says of it. */

import { type PresetName, type PresetOptions, type Program, presets } from "../agents/index.ts";
import type { Preset } from "../agents/preset.ts";
import { tellsOf } from "../agents/tells.ts";
import { Refusal } from "../lib/guard.ts";

type Asked = { [K in keyof PresetOptions]?: PresetOptions[K] | undefined } & {
  preset?: PresetName | undefined;
  command?: string[] | undefined;
};

export interface HowToRun {
  command: string[];
  program: Program | null;
}

const untold = { driver: "exec", model: null, maxCostUsd: null, maxTokens: null, permissions: "allow" } as const;

/**
 * What was said before stays, unless another preset, or another command, makes it an agent of another kind.
 *
 * @throws Refusal 422 for what does not go together
 */
export function howToRun(asked: Asked, before: HowToRun | null): HowToRun {
  const { preset, command, ...said } = asked;
  const options = Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined));
  const kept = preset === undefined || preset === before?.program?.preset;
  const name = preset ?? (command ? "exec" : (before?.program?.preset ?? "exec"));
  const own = command ?? (kept && before ? before.command : []);
  if (name === "exec" && own.length === 0) throw noCommand();
  const plain = name === "exec" && Object.keys(options).length === 0 && (command !== undefined || !before?.program);
  if (plain) return { command: own, program: null };
  const base = kept && (!command || preset) ? (before?.program ?? untold) : untold;
  const program = { ...untold, ...base, ...options, preset: name };
  check(program);
  return { command: own, program };
}

function check({ preset, driver, model, maxCostUsd, maxTokens, resume }: Program): void {
  if (resume && (driver === "exec" || preset === "opencode") && !(presets[preset] as Preset).resume)
    throw misfit(
      `${preset} can't go on with a session in another working folder, and each try has its own.`,
      'Leave "resume" out. "codex" can, and agents over "driver": "acp" that say they can load sessions.',
    );
  if (preset === "exec" && driver === "exec" && (model !== null || maxCostUsd !== null || maxTokens !== null))
    throw misfit(
      "model, maxCostUsd and maxTokens mean nothing to a command that nothing is known of.",
      `Say which preset reads its output (${Object.keys(presets).join(", ")}), or put the options into the command.`,
    );
  const tells = tellsOf({ preset, driver });
  if (maxCostUsd !== null && tells?.cost === "never")
    throw misfit(
      `${preset} over ${driver} does not tell what it costs.`,
      tells.tokens === "never" ? "Leave maxCostUsd out; maxRunMs bounds it." : "Give maxTokens instead.",
    );
  if (maxTokens !== null && tells?.tokens === "never")
    throw misfit(
      `${preset} over ${driver} does not tell how many tokens it uses.`,
      "Leave maxTokens out; maxRunMs bounds it.",
    );
}

const misfit = (detail: string, hint: string) => new Refusal({ status: 422, code: "options_misfit", detail, hint });

const noCommand = () =>
  new Refusal({
    status: 422,
    code: "no_command",
    detail: "There is neither a command nor a preset to run.",
    hint: `Give "command", or "preset": one of ${Object.keys(presets).join(", ")}.`,
  });
