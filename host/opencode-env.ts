import { join } from "node:path";
import { pathToFileURL } from "node:url";

const plugin = pathToFileURL(join(import.meta.dirname, "opencode-plugin.mjs")).href;

/**
 * What OpenCode is told beside its own configuration: not to change or publish itself, and to load the plugin by which it
 * says that it waits for its provider. What the agent's environment configures stands above that.
 */
export function openCodeEnv(env: Record<string, string>, driver: "exec" | "acp"): Record<string, string> {
  const own = parsed(env.OPENCODE_CONFIG_CONTENT ?? "{}");
  if (!own) return {}; // it will say itself what is wrong with it
  const plugins = [...(Array.isArray(own.plugin) ? own.plugin : []), plugin];
  const config = { autoupdate: false, share: "disabled", ...own, plugin: plugins };
  return { OPENCODE_CONFIG_CONTENT: JSON.stringify(config), TOWNKEEPER_DRIVER: driver };
}

function parsed(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
