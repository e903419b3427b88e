/** The tools, each as its users run it: where it is, what it is told, and what it can't be shown to do. */
import { copyFileSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { Story } from "./model.ts";

export type Tool = "claude" | "codex" | "gemini" | "opencode";
export type Driver = "exec" | "acp";

/** Folders with the programs in them, as `scripts/agents.mjs` installed them; OpenCode's second has its plugin interface. */
function foldersOf(tool: Tool): string[] {
  const told = JSON.parse(process.env.TOWNKEEPER_TEST_AGENTS ?? "{}") as Partial<Record<Tool, string[]>>;
  const folders = told[tool];
  if (!folders) throw new Error("run this with `npm run test:agents`");
  return folders;
}

type Env = Record<string, string>;

/** A home of its own with what the tool needs there, and the environment that it is registered with. */
export function envOf(tool: Tool, url: string, home: string, turns: boolean): Env {
  const places = ["HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "TMPDIR"];
  const env: Env = {
    ...Object.fromEntries(places.map((name) => [name, home])),
    PATH: [...foldersOf(tool), process.env.PATH].join(delimiter),
  };
  return { ...env, ...own[tool](url, home, turns) };
}

const own: Record<Tool, (url: string, home: string, turns: boolean) => Env> = {
  claude: (url, _home, turns) => ({
    ...{ ANTHROPIC_BASE_URL: url, ANTHROPIC_API_KEY: "sk-ant-for-the-test-alone" },
    // As root it asks for this word that the place is meant for it.
    ...{ IS_SANDBOX: "1", CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1" },
    ...(turns && { CLAUDE_CODE_MAX_TURNS: "2" }),
  }),
  codex: (url, home) => {
    const provider = `[model_providers.local]\nname = "Local"\nbase_url = "${url}/v1"\nenv_key = "LOCAL_KEY"\nwire_api = "responses"\n`;
    mkdirSync(join(home, ".codex"), { recursive: true });
    writeFileSync(join(home, ".codex/config.toml"), `model_provider = "local"\nmodel = "gpt-5"\n${provider}`);
    return { LOCAL_KEY: "sk-for-the-test-alone", CODEX_HOME: join(home, ".codex") };
  },
  gemini: (url, home, turns) => {
    const settings = {
      security: { auth: { selectedType: "gemini-api-key" } },
      ...(turns && { model: { maxSessionTurns: 1 } }),
    };
    mkdirSync(join(home, ".gemini"), { recursive: true });
    writeFileSync(join(home, ".gemini/settings.json"), JSON.stringify(settings));
    return { GEMINI_API_KEY: "for-the-test-alone", GOOGLE_GEMINI_BASE_URL: url };
  },
  opencode: (url, home) => {
    knowsPlugins(home, foldersOf("opencode")[1] ?? "");
    const [cost, limit] = [
      { input: 1, output: 2 },
      { context: 100_000, output: 4_000 },
    ];
    const provider = {
      ...{
        npm: "@ai-sdk/openai-compatible",
        name: "Local",
        options: { baseURL: `${url}/v1`, apiKey: "sk-for-the-test-alone" },
      },
      models: { m: { name: "m", tool_call: true, cost, limit } },
    };
    const config = JSON.stringify({ provider: { local: provider } });
    return { OPENCODE_CONFIG_CONTENT: config, OPENCODE_DISABLE_MODELS_FETCH: "1" };
  },
};

/** Its configuration is as after a first start, for which it would ask npm. */
function knowsPlugins(home: string, installed: string): void {
  const folder = join(home, "opencode");
  mkdirSync(folder);
  for (const name of ["package.json", "package-lock.json"]) copyFileSync(join(installed, name), join(folder, name));
  symlinkSync(join(installed, "node_modules"), join(folder, "node_modules"));
}

/** What is told of a story in the table. */
export type Told = Story | "cancel" | "turns" | "budget" | "hangs" | "stays" | "again";

/** Whether it says until when its provider takes nothing: the others' wait is the town's own. */
export function namesReset(tool: Tool, driver: Driver): boolean {
  return tool === "opencode" || (driver === "exec" && tool !== "codex");
}

/** Whether it waits for its provider without a word; a minute of that is seen, whatever it waits for. */
export const waitsUnseen = (tool: Tool, driver: Driver): boolean => tool === "gemini" && driver === "acp";

/** In its own words, where it wants one named. */
export const modelOf = (tool: Tool): string | null =>
  ({ claude: null, codex: null, gemini: "gemini-2.5-flash", opencode: "local/m" })[tool];

/** Why a story can't be told of a tool: nothing is left out without a word. */
export function leftOut(tool: Tool, driver: Driver, told: Told): string | null {
  if (told === "turns" && tool === "codex") return "it has no limit of turns";
  if (told === "turns" && tool === "opencode")
    return "at its limit of steps it sums up, which is an end like any other";
  if (told === "stays" && driver === "acp") return "over the protocol its answer is its end";
  const isBound = tool === "opencode" || (driver === "exec" && tool !== "codex");
  if (told === "again" && isBound) return "it binds a session to its folder";
  if (told === "budget" && tool === "gemini" && driver === "acp") return "it tells no usage on the way";
  return null;
}
