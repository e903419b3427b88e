import { claude } from "./claude.ts";
import { codex } from "./codex.ts";
import { gemini } from "./gemini.ts";
import { opencode } from "./opencode.ts";
import type { Preset, PresetOptions } from "./preset.ts";
import { plainLines } from "./said.ts";

/** Any command: it is told apart by its exit code alone. */
const exec: Preset = { provider: null, argv: () => [], acp: () => [], signals: {}, read: plainLines };

export const presets = { claude, codex, opencode, gemini, exec };

export type PresetName = keyof typeof presets;
export const presetNames = Object.keys(presets) as [PresetName, ...PresetName[]];

/** An agent's preset with its options; null in an agent's row: a command, and nothing else is known of it. */
export interface Program extends PresetOptions {
  preset: PresetName;
}

/** The command of an agent: its own, or else what its preset runs. */
export function argvOf(own: readonly string[], program: Program | null): string[] {
  if (program === null || own.length > 0) return [...own];
  const preset: Preset = presets[program.preset];
  return program.driver === "acp" ? preset.acp(program) : preset.argv(program);
}

export function providerOf({ preset, model }: Program): string | null {
  const { provider }: Preset = presets[preset];
  return typeof provider === "function" ? provider(model) : provider;
}

export type { PresetOptions };
