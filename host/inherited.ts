/** What of the host's own environment its git gets, and what agents and gates get: docs/agents.md has the second as a table. */
import { delimiter } from "node:path";
import type { PresetName } from "../src/agents/index.ts";

/** Names; a `*` stands for any beginning or end. */
type Names = readonly string[];

/** What every agent and gate gets, by what it is for. */
export const passedToAll: Readonly<Record<string, Names>> = {
  "who and where": ["HOME", "USER", "LOGNAME", "SHELL", "PATH", "TMPDIR", "TMP", "TEMP", "XDG_*"],
  "language, time, terminal": ["LANG", "LANGUAGE", "LC_*", "LOCALE_ARCHIVE", "TZ", "TERM", "NO_COLOR", "CI"],
  "certificates and proxies": [
    ...["SSL_CERT_FILE", "SSL_CERT_DIR", "NODE_EXTRA_CA_CERTS", "NODE_USE_SYSTEM_CA", "REQUESTS_CA_BUNDLE"],
    ...["CURL_CA_BUNDLE", "PIP_CERT", "AWS_CA_BUNDLE", "CARGO_HTTP_CAINFO", "DENO_CERT", "NIX_SSL_CERT_FILE"],
    ...["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "all_proxy", "no_proxy"],
  ],
  "ssh and git's way to remotes": [
    ...["SSH_AUTH_SOCK", "GIT_SSH", "GIT_SSH_COMMAND", "GIT_SSH_VARIANT", "GIT_SSL_*", "GIT_PROXY_*"],
    ...["GIT_HTTP_*", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM", "GIT_EXEC_PATH"],
  ],
  "where tools are": ["*_HOME", "*_ROOT", "GOPATH", "GOBIN", "NVM_DIR", "ASDF_DIR", "BUN_INSTALL", "LD_LIBRARY_PATH"],
  "where packages come from": [
    ...["GOPROXY", "GOPRIVATE", "GOSUMDB", "GONOSUMDB", "PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "UV_INDEX_URL"],
    ...["UV_DEFAULT_INDEX", "RUSTUP_DIST_SERVER"],
  ],
};

const ofClaude: Names = ["ANTHROPIC_*", "CLAUDE_*", "IS_SANDBOX", "AWS_PROFILE", "AWS_REGION", "CLOUD_ML_REGION"];
const ofCodex: Names = ["OPENAI_*", "CODEX_*", "AZURE_OPENAI_API_KEY"];
const ofGemini: Names = ["GEMINI_*", "GOOGLE_*"];

/** What an agent of a preset gets besides: what its tool is configured by, and its keys. */
export const passedTo: Readonly<Record<PresetName, Names>> = {
  claude: ofClaude,
  codex: ofCodex,
  opencode: ["OPENCODE_*", "*_API_KEY", "*_BASE_URL", ...ofClaude, ...ofCodex, ...ofGemini],
  gemini: ofGemini,
  exec: [],
};

/** By these a tool knows that it runs inside itself or another agent: then it refuses, or works otherwise. */
export const innerMarks: Names = [
  ...["CLAUDECODE", "CLAUDE_CODE_ENTRYPOINT", "CLAUDE_CODE_SSE_PORT", "CLAUDE_CODE_SESSION_*", "CLAUDE_CODE_CHILD_*"],
  ...["CLAUDE_CODE_REMOTE*", "CLAUDE_PROJECT_DIR", "CLAUDE_ENV_FILE", "CLAUDE_PLUGIN_*", "CLAUDE_EFFORT"],
  ...["CODEX_SANDBOX*", "CODEX_THREAD_ID", "CODEX_CI", "CODEX_INTERNAL_*", "CODEX_MANAGED_*"],
  ...["GEMINI_CLI", "GEMINI_CLI_IDE_*", "GEMINI_SESSION_ID", "GEMINI_PROJECT_DIR", "GEMINI_CWD"],
  ...["OPENCODE", "OPENCODE_PID", "OPENCODE_CALLER", "OPENCODE_CLIENT", "OPENCODE_RUN_*", "OPENCODE_PROCESS_*"],
];

/** For the host alone. */
export const withheld: Names = ["TOWNKEEPER_*"];

/** Of git's own variables, what the host's git gets: how to reach remotes. All others say where, when or as whom. */
const gitsOwn = passedToAll["ssh and git's way to remotes"] ?? [];
const ofHostGit: Names = [...gitsOwn, "GIT_CONFIG_GLOBAL"];

/**
 * The host's environment, as far as an agent or gate gets it.
 *
 * @param named what the host was told to pass on besides (`--pass-env`)
 */
export function passedEnv(preset: PresetName | undefined, named: Names): Record<string, string> {
  const names = [...Object.values(passedToAll).flat(), ...(preset ? passedTo[preset] : [])];
  const isPassed = oneOf(names);
  const isInner = oneOf(innerMarks);
  return chosen((name) => named.includes(name) || (isPassed(name) && !isInner(name)));
}

/**
 * The host's environment for its own git: credential helpers may need any of it, but nothing may ask a person, and nothing
 * that is set for another repository, commit or command counts here.
 */
export function hostGitEnv(): Record<string, string> {
  const isOfGit = oneOf(ofHostGit);
  const asks = oneOf(["SSH_ASKPASS*", "DISPLAY", "WAYLAND_DISPLAY", "npm_*", "INIT_CWD", "OLDPWD"]);
  const env = chosen((name) => (name.startsWith("GIT_") ? isOfGit(name) : !asks(name)));
  return { ...env, ...unattended };
}

/** Nothing that git, ssh or a pager does may wait for a person. An empty askpass overrides the one that is configured. */
export const unattended: Readonly<Record<string, string>> = {
  GIT_TERMINAL_PROMPT: "0",
  GIT_ASKPASS: "",
  SSH_ASKPASS_REQUIRE: "never",
  GCM_INTERACTIVE: "never",
  GIT_EDITOR: "true",
  GIT_SEQUENCE_EDITOR: "true",
  GIT_PAGER: "cat",
};

function chosen(isWanted: (name: string) => boolean): Record<string, string> {
  const env: Record<string, string> = {};
  const isWithheld = oneOf(withheld);
  for (const [name, value] of Object.entries(process.env))
    if (value !== undefined && isWanted(name) && !isWithheld(name)) env[name] = value;
  env.PATH ??= ["/usr/local/bin", "/usr/bin", "/bin"].join(delimiter);
  return env;
}

function oneOf(names: Names): (name: string) => boolean {
  const exact = new Set(names.filter((each) => !each.includes("*")));
  const starts = names.filter((each) => each.endsWith("*")).map((each) => each.slice(0, -1));
  const ends = names.filter((each) => each.startsWith("*")).map((each) => each.slice(1));
  return (name) =>
    exact.has(name) || starts.some((start) => name.startsWith(start)) || ends.some((end) => name.endsWith(end));
}
