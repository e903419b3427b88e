import { join } from "node:path";
import { pathToFileURL } from "node:url";

import type { Program } from "../src/agents/index.ts";

const geminiDefaults = join(import.meta.dirname, "gemini-defaults.json");

/**
 * What a tool is told beside its own configuration, so that it waits for its provider where the town can see it, and not for long: the town
 * waits better. What the agent's environment says stands above that.
 */
export function toolEnv(
  env: Record<string, string>,
  { preset, driver }: Pick<Program, "preset" | "driver">,
): Record<string, string> {
  if (preset === "opencode") return openCodeEnv(env, driver);
  // Ten tries, the last minutes apart, are its own choice; of some it says nothing.
  if (preset === "claude") return { CLAUDE_CODE_MAX_RETRIES: "4", ...env };
  if (preset === "gemini") return { GEMINI_CLI_SYSTEM_DEFAULTS_PATH: geminiDefaults, ...env };
  return env;
}

const plugin = pathToFileURL(join(import.meta.dirname, "opencode-plugin.mjs")).href;

/**
 * What OpenCode is told beside its own configuration: not to change or publish itself, and to load the plugin by which it
 * says that it waits for its provider. What the agent's environment configures stands above that.
 */
function openCodeEnv(env: Record<string, string>, driver: "exec" | "acp"): Record<string, string> {
  const own = parsed(env.OPENCODE_CONFIG_CONTENT ?? "{}");
  if (!own) return env; // it will say itself what is wrong with it
  const plugins = [...(Array.isArray(own.plugin) ? own.plugin : []), plugin];
  const config = { autoupdate: false, share: "disabled", ...own, plugin: plugins };
  return { ...env, OPENCODE_CONFIG_CONTENT: JSON.stringify(config), TOWNKEEPER_DRIVER: driver };
}

function parsed(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
