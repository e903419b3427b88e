import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { Fault } from "./fault.ts";
import { readFlags } from "./flags.ts";
import { repoRoot } from "./paths.ts";

export type Options = {
  help: boolean;
  once: boolean;
  json: boolean;
  empty: boolean;
  /** 0: any free port. */
  port: number;
  /** Absolute. */
  state: string;
  /** A host that already runs, with its token. */
  external: { url: string; token: string } | null;
  /** Whether commits say which bead and attempt they are of. */
  trailers: boolean;
  /** Whether webhooks may lead to this machine and its network. */
  privateWebhooks: boolean;
  /** Users that agents run as, with commas between; null: the user who starts this. */
  agentUser: string | null;
  /** Variables that agents and gates get besides, with commas between; null: none. */
  passEnv: string | null;
};

export const usage = `Usage: npm start -- [options]

Starts a town keeper here: the Worker in workerd, and a host that runs agents. The first start makes a sample town.

  --once          leave when every bead of the sample town has closed; exit 0 if its tests pass on what landed
  --json          with --once: the last line of output is a JSON summary; all else goes to stderr
  --empty         make no sample town
  --port N        listen on this port (8787; 0: any free one)
  --state DIR     keep all state here (.townkeeper in the repository)
  --host-url URL  use a host that already runs, whose token is in --host-token-file FILE (or TOWNKEEPER_HOST_TOKEN,
                  which every program of yours can read)
  --no-trailers   commits don't say which bead and attempt they are of
  --private-webhooks  webhooks may lead to this machine and its network, and by plain HTTP (docs/webhooks.md)
  --agent-user NAME,…  run agents as these users of this machine; of several each run has one to itself. Needs root
  --pass-env NAME,…  hand these variables of yours on to every agent and gate, beside those that all get (docs/agents.md)
  --help          show this
`;

/**
 * Reads the command line.
 *
 * @throws Fault with one line that says what to write instead
 */
export function parseOptions(args: string[], env: NodeJS.ProcessEnv): Options {
  const values = parseFlags(args);
  const { help = false, once = false, json = false, empty = false } = values;
  if (json && !once) throw new Fault("--json needs --once: it is the summary of a run that ends");
  if (once && empty) throw new Fault("--once waits for the sample town and --empty makes none: give one of the two");
  return {
    help,
    once,
    json,
    empty,
    port: portOf(values.port),
    state: resolve(repoRoot, stateOf(values.state)),
    agentUser: agentUserOf(values["agent-user"], values["host-url"]),
    passEnv: passEnvOf(values["pass-env"], values["host-url"]),
    external: externalHost(values["host-url"], values["host-token-file"], env),
    trailers: !values["no-trailers"],
    privateWebhooks: values["private-webhooks"] ?? false,
  };
}

const PORTS = "a number from 0 to 65535";
const HOSTS = "a URL such as http://127.0.0.1:9000";

function parseFlags(args: string[]) {
  const options = {
    help: { type: "boolean", short: "h" },
    once: { type: "boolean" },
    json: { type: "boolean" },
    empty: { type: "boolean" },
    port: { type: "string" },
    state: { type: "string" },
    "host-url": { type: "string" },
    "host-token-file": { type: "string" },
    "no-trailers": { type: "boolean" },
    "private-webhooks": { type: "boolean" },
    "agent-user": { type: "string" },
    "pass-env": { type: "string" },
  } as const;
  const takes = {
    port: PORTS,
    state: "a folder",
    "host-url": HOSTS,
    "host-token-file": "a file",
    "agent-user": "a user",
    "pass-env": "names of variables, with commas between",
  };
  return readFlags({ args, options }, takes, "npm start -- --help").values;
}

function portOf(text = "8787"): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new Fault(`--port ${text}: give ${PORTS}`);
  return port;
}

function agentUserOf(text: string | undefined, hostUrl: string | undefined): string | null {
  if (text === undefined) return null;
  if (hostUrl !== undefined) throw new Fault("--agent-user is for the host that is started here: give it to yours");
  if (process.getuid?.() === 0) return text;
  throw new Fault("--agent-user needs the rights of root: start this as root, or leave the flag out");
}

function passEnvOf(text: string | undefined, hostUrl: string | undefined): string | null {
  if (text === undefined) return null;
  if (hostUrl !== undefined) throw new Fault("--pass-env is for the host that is started here: give it to yours");
  if (/^[A-Za-z_][A-Za-z0-9_]*(,[A-Za-z_][A-Za-z0-9_]*)*$/.test(text)) return text;
  throw new Fault(`--pass-env ${text}: give names of variables, with commas between, such as DATABASE_URL,MY_KEY`);
}

const typedPath = (text: string): string => resolve(process.env.INIT_CWD ?? process.cwd(), text);

/** A path that a person types is meant from where they stand; `npm start` moves, but says where they stood. */
const stateOf = (text?: string): string => (text === undefined ? ".townkeeper" : typedPath(text));

function externalHost(
  text: string | undefined,
  tokenFile: string | undefined,
  env: NodeJS.ProcessEnv,
): Options["external"] {
  if (text === undefined && tokenFile !== undefined) throw new Fault("--host-token-file belongs to --host-url");
  if (text === undefined) return null;
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || !/^https?:$/.test(url.protocol)) throw new Fault(`--host-url ${text}: give ${HOSTS}`);
  const token = tokenFile === undefined ? env.TOWNKEEPER_HOST_TOKEN : tokenIn(tokenFile);
  if (!token)
    throw new Fault(
      "--host-url needs that host's token: name a file with --host-token-file, or set TOWNKEEPER_HOST_TOKEN",
    );
  return { url: url.href.replace(/\/$/, ""), token };
}

function tokenIn(file: string): string {
  try {
    const token = readFileSync(typedPath(file), "utf8").trim();
    if (token !== "") return token;
  } catch (error) {
    throw new Fault(`--host-token-file ${file} can't be read (${(error as NodeJS.ErrnoException).code})`);
  }
  throw new Fault(`--host-token-file ${file} is empty`);
}
