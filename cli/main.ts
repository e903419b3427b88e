/** `npm start`: see `usage` in options.ts. Only composes. */
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { sampleTown } from "../sample/town.ts";
import { quoted } from "../src/lib/shell-words.ts";
import { Cleanup } from "./cleanup.ts";
import { outliveReaders } from "./closed-pipes.ts";
import { Display } from "./display.ts";
import { Fault, messageOf } from "./fault.ts";
import { followTowns } from "./follow.ts";
import { type Options, parseOptions, usage } from "./options.ts";
import { repoRoot, type StatePaths, shown, statePaths } from "./paths.ts";
import { freePort, letPass, prepareState, requireGit } from "./preflight.ts";
import { runSample } from "./run-sample.ts";
import { drillsFor } from "./sample-town.ts";
import { loadSecrets } from "./secrets.ts";
import { requireExternalHost, Services } from "./services.ts";
import { onLeave } from "./signals.ts";
import { lockState } from "./state-lock.ts";
import { againWith } from "./town/again.ts";
import { keepUserToken } from "./user-token.ts";

const startedMs = performance.now();
const sinceMs = Date.now();
const cleanup = new Cleanup();
const leaving = new AbortController();

async function end(code: number): Promise<never> {
  leaving.abort();
  await cleanup.run();
  process.exit(code);
}

function fail(error: unknown): Promise<never> {
  if (leaving.signal.aborted) return end(0); // what breaks while we leave is no news
  const detail = error instanceof Fault ? error.message : ((error as Error).stack ?? messageOf(error));
  process.stderr.write(`townkeeper: ${detail}\n`);
  return end(error instanceof Fault ? error.exitCode : 1);
}

async function start(options: Options, display: Display): Promise<void> {
  requireGit();
  const port = await freePort(options.port);
  await requireExternalHost(options);
  const paths = statePaths(options.state);
  prepareState(paths.folder);
  if (options.agentUser !== null) letPass(paths);
  cleanup.add(await lockState(paths));
  const secrets = loadSecrets(paths, (line) => display.say(`townkeeper: ${line}`));
  const services = new Services({
    options,
    paths,
    secrets,
    port,
    drills: drillsFor(paths, options.empty),
    trailers: options.trailers,
    say: (line) => display.say(`townkeeper: ${line}`),
    onLost: (fault) => void fail(fault),
  });
  cleanup.add(() => services.stop());
  await services.start();
  noteUrl(paths.url, services.url);
  display.say(`townkeeper: ready in ${Math.round(performance.now() - startedMs)} ms at ${services.url}`);
  await keepUserToken(paths.userToken, services.api.client);
  const result = options.empty ? null : await runSample(services, paths, display, leaving.signal);
  if (leaving.signal.aborted) return;
  if (options.json && result) answer(`${JSON.stringify(result.summary)}\n`);
  if (options.once) await end(result?.reason === null ? 0 : 1);
  const town = options.empty ? await townThere(services) : sampleTown.name;
  showAccess(display, { url: services.url, town }, paths);
  const again = againWith(isUsual(paths) ? {} : { state: shown(paths.folder) });
  const told = options.empty ? null : sampleTown.name;
  const { api, host } = services;
  await followTowns({ api, host, paths, display, again, sinceMs, told }, leaving.signal);
}

/** One that a start before this one has left; null: there is none. */
async function townThere({ api }: Services): Promise<string | null> {
  const [town] = await api.client.list("/v1/towns", {}, {}, 1);
  return town?.name ?? null;
}

const isUsual = ({ folder }: StatePaths): boolean => folder === join(repoRoot, ".townkeeper");

/** Where the Worker listens, for `npm run town` in another terminal; only for as long as it does. */
function noteUrl(file: string, url: string): void {
  writeFileSync(file, `${url}\n`);
  cleanup.add(() => rmSync(file, { force: true }));
}

/** Neither a log nor a screen is to hold a secret: the token is in its file, and a browser is given one of its own. */
function showAccess(display: Display, { url, town }: { url: string; town: string | null }, paths: StatePaths): void {
  const where = isUsual(paths) ? "" : ` --state ${quoted(shown(paths.folder))}`;
  display.say(`url    ${url}`);
  display.say(`page   ${url}/${town === null ? "" : `t/${town}`} (it asks for the token)`);
  if (town !== null)
    display.say(`open   npm run town -- open --town ${town}${where} (signed in, where there is a browser)`);
  display.say(`token  in ${shown(paths.userToken)}`);
  display.say(`try    npm run town -- ${town === null ? "init" : `status --town ${town}`}${where}`);
  display.say(`logs   ${shown(paths.workerLog)} (the towns'), ${shown(paths.hostLog)} (the host's)`);
  display.say("Ctrl-C ends it; the next start goes on from here. What happens in a town from now on is told below.");
}

const answer = process.stdout.write.bind(process.stdout);

async function main(): Promise<void> {
  outliveReaders();
  let display: Display | null = null;
  onLeave(() => {
    display?.say("townkeeper: stopping …");
    void end(0);
  });
  const options = parseOptions(process.argv.slice(2), process.env);
  if (options.help) {
    answer(usage);
    process.exit(0);
  }
  // With --json stdout holds the answer and nothing else, whatever a library prints.
  if (options.json) process.stdout.write = process.stderr.write.bind(process.stderr);
  display = new Display(options.json ? process.stderr : process.stdout);
  await start(options, display);
}

main().catch(fail);
