/**
 * The agent host's entry. `node host/main.ts --token-file FILE --port 8791 --state DIR`
 *
 * The token comes from a file, `-` being standard input. In TOWNKEEPER_HOST_TOKEN, as containers are given it, anything that
 * runs as the same user may read it: /proc/PID/environ shows the environment a process began with, also what it deletes of
 * it. `--join URL`: the town can't reach this machine, so the host dials in there and listens on no port. More flags:
 * `--listen ADDRESS` (default loopback: the host runs commands), `--max-runs N`, `--min-free MIB`: with less
 * free room nothing starts (512), `--drill refuse:N|reject:N`,
 * `--save-on-drain`: what agents had done when SIGTERM came is pushed to their own branches, since the disk goes too.
 * `--no-trailers`: commits don't say which bead and attempt they are of.
 * `--agent-user NAME,…`: agents and gates run as these users; of several each run has its own. `--isolation group`: runs get
 * no PID namespace, also where this system would give them one. `--pass-env NAME,…`: variables of the host's own that agents
 * and gates get beside those that all get (docs/agents.md).
 */
import { readFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import { parseArgs } from "node:util";
import { emptyFlag } from "../src/lib/empty-flag.ts";
import { parseDrill } from "./drill.ts";
import { type Host, startHost } from "./host.ts";
import { joinUrl } from "./join.ts";
import { logJsonToStderr, logToStderr } from "./log.ts";
import { neverShow, redact } from "./redact.ts";

const usage =
  "usage: node host/main.ts --token-file FILE --state DIR [--join URL | --port 8791] [--max-runs 16] [--min-free 512] [--agent-user NAME,…] [--pass-env NAME,…] [--log-json] [--drill refuse:N]";

const help = `Usage: npm run host -- --token-file FILE --state DIR [options]

Runs agents and gates for a town, on this machine. docs/hosts.md says more.

  --token-file FILE    the host's token; -: it comes in on the standard input (or TOWNKEEPER_HOST_TOKEN)
  --state DIR          keep all state here
  --join URL           dial in at a town that can't reach this machine, and listen on no port
  --port N             listen on this port (8791; 0: any free one)
  --listen ADDRESS     and at this address (127.0.0.1): whoever holds the token runs commands here
  --max-runs N         so many runs at a time (16)
  --min-free MIB       start nothing where less is free (512)
  --agent-user NAME,…  run agents and gates as these users; of several each run has one to itself. Needs root
  --isolation auto|group  group: no PID namespaces, also where this system would give them
  --pass-env NAME,…    hand these variables on to every agent and gate, beside those that all get (docs/agents.md)
  --save-on-drain      on SIGTERM, push what agents have done to branches of theirs: the disk goes too
  --no-trailers        commits don't say which bead and attempt they are of
  --log-json           log a JSON object a line
  --drill refuse:N|reject:N  refuse so many runs, to see what a town makes of it
  --help               show this
`;

/** Before anything is looked at or begun. */
if (process.argv.slice(2).some((arg) => arg === "--help" || arg === "-h")) {
  process.stdout.write(help);
  process.exit(0);
}

function fail(message: string): never {
  process.stderr.write(`agent host: ${redact(message)}\n`);
  process.exit(2);
}

const OPTIONS = {
  port: { type: "string", default: "8791" },
  listen: { type: "string", default: "127.0.0.1" },
  state: { type: "string" },
  "token-file": { type: "string" },
  "max-runs": { type: "string", default: "16" },
  "min-free": { type: "string", default: "512" },
  join: { type: "string" },
  "save-on-drain": { type: "boolean", default: false },
  "no-trailers": { type: "boolean", default: false },
  "agent-user": { type: "string", default: "" },
  "pass-env": { type: "string", default: "" },
  isolation: { type: "string", default: "auto" },
  "log-json": { type: "boolean", default: false },
  drill: { type: "string", multiple: true, default: [] as string[] },
} as const;

function readFlags() {
  try {
    const { values } = parseArgs({ options: OPTIONS });
    const empty = emptyFlag(values, OPTIONS);
    if (empty !== undefined) throw new Error(`--${empty} needs a value, and has none`);
    const join = values.join === undefined ? undefined : joinUrl(values.join);
    return { ...values, join, drill: parseDrill(values.drill) };
  } catch (error) {
    return fail(`${(error as Error).message}\n${usage}`);
  }
}

function wholeNumber(text: string, flag: string, least: number, most: number): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= least && number <= most) return number;
  return fail(`${flag} ${text}: use a whole number from ${least} to ${most}`);
}

const namesIn = (text: string): string[] => text.split(",").filter((name) => name !== "");

function isolationOf(text: string): "group" {
  return text === "group" ? text : fail(`--isolation ${text}: use auto or group`);
}

async function readToken(file: string | undefined): Promise<string> {
  const given = file === undefined ? process.env.TOWNKEEPER_HOST_TOKEN : await readTokenFile(file);
  const source = file === undefined ? "TOWNKEEPER_HOST_TOKEN" : `--token-file ${file}`;
  if (given === undefined)
    return fail("give it its token with --token-file, or TOWNKEEPER_HOST_TOKEN: its holder may run commands here");
  return given.trim() || fail(`${source} is empty`);
}

async function readTokenFile(file: string): Promise<string> {
  try {
    return file === "-" ? await text(process.stdin) : readFileSync(file, "utf8");
  } catch (error) {
    return fail(`--token-file ${file}: ${(error as Error).message}`);
  }
}

const flags = readFlags();
const log = flags["log-json"] ? logJsonToStderr : logToStderr;
const state = flags.state ?? fail(`--state is missing\n${usage}`);
const token = await readToken(flags["token-file"]);
delete process.env.TOWNKEEPER_HOST_TOKEN;
neverShow(token);

const hadParent = process.connected;
// A parent that died took the other end of our output along; that must not hinder an orderly end.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);

let host: Host;
try {
  host = await startHost({
    token,
    state,
    port: wholeNumber(flags.port, "--port", 0, 65_535),
    hostname: flags.listen,
    maxRuns: wholeNumber(flags["max-runs"], "--max-runs", 1, 10_000),
    minFreeBytes: wholeNumber(flags["min-free"], "--min-free", 0, 1_000_000_000) * 2 ** 20,
    drill: flags.drill,
    log,
    ...(flags.join !== undefined && { join: flags.join }),
    saveOnDrain: flags["save-on-drain"],
    trailers: !flags["no-trailers"],
    agentUsers: namesIn(flags["agent-user"]),
    passEnv: namesIn(flags["pass-env"]),
    ...(flags.isolation !== "auto" && { isolation: isolationOf(flags.isolation) }),
  });
} catch (error) {
  fail((error as Error).message);
}

let leaving = false;
async function leave(why: string): Promise<void> {
  if (leaving) return;
  leaving = true;
  log(`${why}: draining`);
  await host.drain();
  process.exit(0);
}

process.on("SIGTERM", () => void leave("SIGTERM"));
process.on("SIGINT", () => void leave("SIGINT"));
// The parent that started us over IPC is gone: nothing else would ever stop this host or its agents.
process.on("disconnect", () => void leave("parent gone"));
process.on("unhandledRejection", (error) => log(`an error that was not caught: ${error}`, { level: "error" }));
// Agents have process groups of their own, and would outlive a crash.
process.on("exit", () => host.killNow());

if (hadParent && !process.connected) void leave("parent gone");
else process.send?.({ type: "listening", port: host.port, bootId: host.bootId });
process.stdout.write(
  flags.join ? `agent host of ${flags.join}\n` : `agent host listening on http://${flags.listen}:${host.port}\n`,
);
