/** Where the Worker is, and what opens it. What is read here is a secret: no message may hold it. */
import { existsSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { quoted } from "../../src/lib/shell-words.ts";
import { Fault } from "../fault.ts";
import { checkoutState, shown, statePaths } from "../paths.ts";
import { readSecret } from "../secrets.ts";
import type { Context } from "./contexts.ts";
import { isPackaged } from "./name.ts";

interface Given {
  url: string | undefined;
  tokenFile: string | undefined;
  state: string | undefined;
  /** What is meant unless something is typed. */
  context?: Context | null;
}

/** The town of a state folder that is meant where none is named: the one that was set up there last. Null: none was. */
export const townOfState = (state: string | undefined, env: NodeJS.ProcessEnv): string | null =>
  readSecret(stateFor(state, env).town);

export function keepTownOfState(state: string | undefined, env: NodeJS.ProcessEnv, town: string): void {
  writeFileSync(stateFor(state, env).town, `${town}\n`);
}

function stateFor(state: string | undefined, env: NodeJS.ProcessEnv) {
  const stood = typedFrom(env);
  return statePaths(state ? resolve(stood, state) : usualState(stood));
}

/** Where a Worker is, and what opens it. */
export interface Connection {
  url: string;
  token: string;
  /** The file of the state folder here that holds it, where it is from there. */
  tokenAt?: string;
  /** Of the state folder here: for what the user's own token may not do, such as making towns and tokens. */
  mayAll?: string;
  /** A file of the state folder here, whose token may all: where another was named that may not be enough. */
  keeperFile?: string;
}

/** @throws Fault: 3 where no town keeper runs, 2 where the command line is wrong */
export function connectionOf(
  { url: typed, tokenFile, state, context = null }: Given,
  env: NodeJS.ProcessEnv,
): Connection {
  const stood = typedFrom(env);
  if (context !== null) {
    const url = urlOf("the context's url", context.url);
    if (tokenFile !== undefined) return { url, token: tokenTyped(resolve(stood, tokenFile)) };
    if (context.token !== undefined) return { url, token: checkedToken(context.token, "the context") };
    if (context.tokenFile !== undefined) return { url, token: tokenIn(context.tokenFile) };
    return { url, token: tokenOfEnvironment(url, env) };
  }
  const paths = stateFor(state, env);
  const local = readSecret(paths.url);
  if (typed === undefined && !env.TOWNKEEPER_URL && local === null)
    throw new Fault(
      `no town keeper runs here${state ? `, with its state in ${state}` : ""}: begin one with \`${startWith(state)}\`, or say where one is, with --state DIR (what its \`npm start\` was given) or --url`,
      3,
    );
  const url = typed === undefined ? urlOf("TOWNKEEPER_URL", env.TOWNKEEPER_URL || local || "") : urlOf("--url", typed);
  if (tokenFile !== undefined) {
    const token = tokenTyped(resolve(stood, tokenFile));
    return url === local ? { url, token, keeperFile: shown(paths.token) } : { url, token };
  }
  // The local token is nobody else's business.
  if (env.TOWNKEEPER_TOKEN || (url !== local && !isLoopback(url))) return { url, token: tokenOfEnvironment(url, env) };
  const user = readSecret(paths.userToken);
  if (user === null) return { url, token: tokenIn(paths.token), tokenAt: shown(paths.token) };
  const [mayAll, tokenAt] = [readSecret(paths.token), shown(paths.userToken)];
  return { url, token: checkedToken(user, tokenAt), tokenAt, ...(mayAll !== null && { mayAll }) };
}

function tokenOfEnvironment(url: string, env: NodeJS.ProcessEnv): string {
  if (env.TOWNKEEPER_TOKEN) return checkedToken(env.TOWNKEEPER_TOKEN, "TOWNKEEPER_TOKEN");
  throw new Fault(`${url} needs its own token: set TOWNKEEPER_TOKEN, or name a file with --token-file`);
}

/** Where a person stands who types: npm moves, and says where they stood. */
export const typedFrom = (env: NodeJS.ProcessEnv): string => env.INIT_CWD ?? process.cwd();

/** Of the checkout that this is part of; else of the one that a person stands in. */
function usualState(stood: string): string {
  if (!isPackaged) return checkoutState;
  for (let folder = stood; ; folder = dirname(folder)) {
    const state = join(folder, ".townkeeper");
    if (existsSync(state) || folder === dirname(folder)) return state;
  }
}

/** The command that begins a town keeper with this state folder. */
export const startWith = (state: string | undefined): string =>
  state ? `npm start -- --state ${quoted(state)}` : "npm start";

export function urlOf(source: string, text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  // What was typed is not said again where it may hold a password.
  if (url && (url.username || url.password))
    throw new Fault(`${source} has a name or a password in it: leave that out; --token-file says who you are`);
  if (!url || !/^https?:$/.test(url.protocol) || url.search || url.hash)
    throw new Fault(`${source} ${text}: give a URL such as http://127.0.0.1:8787`);
  return url.href.replace(/\/+$/, "");
}

const isLoopback = (url: string): boolean => /^(localhost|127(\.\d+){3}|\[::1\])$/.test(new URL(url).hostname);

function tokenTyped(path: string): string {
  const text = readSecret(path);
  if (!text) throw new Fault(`there is no token in ${shown(path)}: give --token-file a file that holds one`);
  return checkedToken(text, shown(path));
}

function tokenIn(path: string): string {
  const text = readSecret(path);
  if (!text)
    throw new Fault(
      `there is no token in ${shown(path)}: say with --state which folder \`npm start\` was given, set TOWNKEEPER_TOKEN, or name a file with --token-file`,
    );
  return checkedToken(text, shown(path));
}

/** One that can't be sent would be named in full by the error that says so. */
export function checkedToken(text: string, source: string): string {
  const token = text.trim();
  if (!/^[\x21-\x7e]+$/.test(token))
    throw new Fault(`what ${source} holds is no token: one is a single line of letters, digits and signs`);
  return token;
}
