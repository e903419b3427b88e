import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import { Fault, messageOf } from "../fault.ts";
import { repoRoot, shown, statePaths } from "../paths.ts";

const verbs = {
  status: { argument: null, says: "how the town is, on one screen" },
  health: { argument: null, says: "its verdict; exit 0 if it is well, 6 if not" },
  incidents: { argument: null, says: "when something was not well, and what healed it" },
  ticks: { argument: null, says: "the last ticks in which something happened" },
  pause: { argument: null, says: "nothing new starts; what runs goes on (--why, --for)" },
  resume: { argument: null, says: "ends a pause" },
  drain: { argument: null, says: "no new runs; landings go on" },
  undrain: { argument: null, says: "ends that" },
  disable: { argument: "AGENT", says: "this agent gets no work" },
  enable: { argument: "AGENT", says: "it gets work again" },
  reconcile: { argument: null, says: "looks at everything again, now" },
} as const satisfies Record<string, { argument: string | null; says: string }>;
export type Verb = keyof typeof verbs;

export interface TownOptions {
  verb: Verb;
  /** What the verb is about, if it is about anything but the town. */
  target: string | null;
  url: string;
  token: string;
  town: string;
  json: boolean;
  why: string;
  /** How long a pause lasts, in milliseconds; null: until somebody resumes it. */
  forMs: number | null;
}

const verbLines = Object.entries(verbs).map(
  ([verb, { argument, says }]) => `  ${`${verb} ${argument ?? ""}`.padEnd(16)} ${says}`,
);

export const usage = `Usage: npm run town -- <verb> [options]

Asks a running town keeper, and tells it what you want.

${verbLines.join("\n")}

  --town NAME       which town (sample, or what TOWNKEEPER_TOWN says)
  --url URL         where the Worker listens (of the \`npm start\` that runs here; or TOWNKEEPER_URL)
  --token-file F    a file with the operator's token (of that start; or TOWNKEEPER_TOKEN)
  --state DIR       whose state folder to look into (.townkeeper in the repository)
  --why TEXT        why you pause it
  --for TIME        how long: 30m, 2h, 1d
  --json            the answer as the Worker gave it
`;

/** @throws Fault with one line that says what to write instead */
export function parseTownOptions(args: string[], env: NodeJS.ProcessEnv): TownOptions | "help" {
  const { values, positionals } = parseFlags(args);
  const [verb, target, ...rest] = positionals;
  if (values.help || verb === undefined) return "help";
  if (!isVerb(verb)) throw new Fault(`there is no verb ${verb}; there are ${Object.keys(verbs).join(", ")}`);
  const { argument } = verbs[verb];
  if (argument !== null && target === undefined) throw new Fault(`${verb} whom? npm run town -- ${verb} ${argument}`);
  const over = argument === null ? target : rest[0];
  if (over !== undefined) throw new Fault(`${verb} takes no ${over}`);
  if (verb === "pause" && !values.why) throw new Fault('say why, for those who find it paused: --why "a release"');
  if (values.for !== undefined && verb !== "pause") throw new Fault("--for belongs to pause");
  const forMs = values.for === undefined ? null : durationOf(values.for);
  const paths = statePaths(resolve(process.env.INIT_CWD ?? repoRoot, values.state ?? resolve(repoRoot, ".townkeeper")));
  return {
    verb,
    target: target ?? null,
    url: urlOf(values.url ?? env.TOWNKEEPER_URL, paths.url),
    token: tokenOf(values["token-file"], env.TOWNKEEPER_TOKEN, paths.token),
    town: values.town ?? env.TOWNKEEPER_TOWN ?? "sample",
    json: values.json ?? false,
    why: values.why ?? "",
    forMs,
  };
}

const isVerb = (word: string): word is Verb => Object.hasOwn(verbs, word);

function parseFlags(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        help: { type: "boolean", short: "h" },
        json: { type: "boolean" },
        town: { type: "string" },
        url: { type: "string" },
        "token-file": { type: "string" },
        state: { type: "string" },
        why: { type: "string" },
        for: { type: "string" },
      },
    });
  } catch (error) {
    const [said = ""] = messageOf(error).split(/\n|\. /);
    throw new Fault(`${said}. See npm run town -- --help`);
  }
}

function urlOf(given: string | undefined, file: string): string {
  const text = given ?? readOr(file);
  if (text === null)
    throw new Fault("no town keeper runs here: begin one with `npm start`, or say where one is with --url", 3);
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || !/^https?:$/.test(url.protocol))
    throw new Fault(`--url ${text}: give a URL such as http://127.0.0.1:8787`);
  return url.href.replace(/\/$/, "");
}

function tokenOf(file: string | undefined, given: string | undefined, standard: string): string {
  if (file === undefined && given) return given;
  const path = file === undefined ? standard : resolve(process.env.INIT_CWD ?? process.cwd(), file);
  const text = readOr(path);
  if (!text)
    throw new Fault(`there is no token in ${shown(path)}: set TOWNKEEPER_TOKEN, or name a file with --token-file`);
  return text;
}

function readOr(path: string): string | null {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return null;
  }
}

const UNITS_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const duration = z.string().regex(/^[1-9]\d{0,4}[smhd]$/);

function durationOf(text: string): number {
  if (!duration.safeParse(text).success) throw new Fault(`--for ${text}: give a time such as 30m, 2h or 1d`);
  return Number(text.slice(0, -1)) * UNITS_MS[text.at(-1) as keyof typeof UNITS_MS];
}
