/**
 * The agent host's entry. `TOWNKEEPER_HOST_TOKEN=… node host/main.ts --port 8791 --state DIR`
 *
 * Flags: `--listen ADDRESS` (default loopback: the host runs commands), `--max-runs N`, `--drill refuse:N|reject:N`.
 */
import { parseArgs } from "node:util";
import { parseDrill } from "./drill.ts";
import { type Host, startHost } from "./host.ts";
import { logToStderr } from "./log.ts";

const usage =
  "usage: TOWNKEEPER_HOST_TOKEN=… node host/main.ts --state DIR [--port 8791] [--max-runs 16] [--drill refuse:N]";

function fail(message: string): never {
  process.stderr.write(`agent host: ${message}\n`);
  process.exit(2);
}

function readFlags() {
  try {
    const { values } = parseArgs({
      options: {
        port: { type: "string", default: "8791" },
        listen: { type: "string", default: "127.0.0.1" },
        state: { type: "string" },
        "max-runs": { type: "string", default: "16" },
        drill: { type: "string", multiple: true, default: [] },
      },
    });
    return { ...values, drill: parseDrill(values.drill) };
  } catch (error) {
    return fail(`${(error as Error).message}\n${usage}`);
  }
}

function wholeNumber(text: string, flag: string, least: number, most: number): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= least && number <= most) return number;
  return fail(`${flag} ${text}: use a whole number from ${least} to ${most}`);
}

const flags = readFlags();
const token =
  process.env.TOWNKEEPER_HOST_TOKEN ?? fail("set TOWNKEEPER_HOST_TOKEN: whoever holds it may run commands here");
const state = flags.state ?? fail(`--state is missing\n${usage}`);
if (token.trim() === "") fail("TOWNKEEPER_HOST_TOKEN is empty");
delete process.env.TOWNKEEPER_HOST_TOKEN;

const hadParent = process.connected;
// A parent that died took the other end of our output along; that must not hinder an orderly end.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);

let host: Host;
try {
  host = await startHost({
    token: token.trim(),
    state,
    port: wholeNumber(flags.port, "--port", 0, 65_535),
    hostname: flags.listen,
    maxRuns: wholeNumber(flags["max-runs"], "--max-runs", 1, 10_000),
    drill: flags.drill,
  });
} catch (error) {
  fail((error as Error).message);
}

let leaving = false;
async function leave(why: string): Promise<void> {
  if (leaving) return;
  leaving = true;
  logToStderr(`${why}: draining`);
  await host.drain();
  process.exit(0);
}

process.on("SIGTERM", () => void leave("SIGTERM"));
process.on("SIGINT", () => void leave("SIGINT"));
// Whoever started us over IPC is gone: nobody would ever stop this host or its agents.
process.on("disconnect", () => void leave("parent gone"));
process.on("unhandledRejection", (error) => logToStderr(`an error nobody caught: ${error}`));
// Agents have process groups of their own, and would outlive a crash.
process.on("exit", () => host.killNow());

if (hadParent && !process.connected) void leave("parent gone");
else process.send?.({ type: "listening", port: host.port, bootId: host.bootId });
process.stdout.write(`agent host listening on http://${flags.listen}:${host.port}\n`);
