import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { Fault, messageOf } from "./fault.ts";
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
};

export const usage = `Usage: npm start -- [options]

Starts a town keeper here: the Worker in workerd, and a host that runs agents. The first start makes a sample town.

  --once          leave when every bead of the sample town has closed; exit 0 if its tests pass on what landed
  --json          with --once: the last line of output is a JSON summary; all else goes to stderr
  --empty         make no sample town
  --port N        listen on this port (8787; 0: any free one)
  --state DIR     keep all state here (.townkeeper in the repository)
  --host-url URL  use a host that already runs; its token comes from TOWNKEEPER_HOST_TOKEN
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
    external: values["host-url"] === undefined ? null : externalHost(values["host-url"], env),
  };
}

function parseFlags(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        help: { type: "boolean", short: "h" },
        once: { type: "boolean" },
        json: { type: "boolean" },
        empty: { type: "boolean" },
        port: { type: "string" },
        state: { type: "string" },
        "host-url": { type: "string" },
      },
    }).values;
  } catch (error) {
    const [said = ""] = messageOf(error).split(/\n|\. /);
    throw new Fault(`${said}. See npm start -- --help`);
  }
}

function portOf(text = "8787"): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new Fault(`--port ${text}: give a number from 0 to 65535`);
  return port;
}

/** A path that a person types is meant from where they stand; `npm start` moves, but says where they stood. */
function stateOf(text = ""): string {
  if (text !== "") return resolve(process.env.INIT_CWD ?? process.cwd(), text);
  return ".townkeeper";
}

function externalHost(text: string, env: NodeJS.ProcessEnv): { url: string; token: string } {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new Fault(`--host-url ${text}: give a URL such as http://127.0.0.1:9000`);
  }
  const token = env.TOWNKEEPER_HOST_TOKEN;
  if (!token) throw new Fault("--host-url needs that host's token: set TOWNKEEPER_HOST_TOKEN to it");
  return { url: url.href.replace(/\/$/, ""), token };
}
