import { parseArgs } from "node:util";
import { slug } from "../../src/ports/protocol.ts";
import { Fault, messageOf } from "../fault.ts";
import { connectionOf } from "./connection.ts";
import { didYouMean } from "./nearest.ts";

const verbs = {
  status: { argument: null, says: "how the town is, on one screen" },
  health: { argument: null, says: "its verdict, and what to do" },
  attention: { argument: null, says: "what waits for a person, and how to mend each" },
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

const flags = {
  help: { type: "boolean", short: "h" },
  json: { type: "boolean" },
  town: { type: "string" },
  url: { type: "string" },
  "token-file": { type: "string" },
  state: { type: "string" },
  why: { type: "string" },
  for: { type: "string" },
} as const;

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
  --help            show this

Exit codes: 0 done, and well; 1 refused; 2 this command line is wrong; 3 no town keeper answers;
6 not well: stalled, spinning, starved or unknown (status, health and reconcile); something waits for
you (attention).
`;

/** @throws Fault with one line that says what to write instead */
export function parseTownOptions(args: string[], env: NodeJS.ProcessEnv): TownOptions | "help" {
  const { values, positionals } = parseFlags(args);
  const [verb, target, ...rest] = positionals;
  if (values.help || verb === undefined) return "help";
  if (!isVerb(verb)) throw new Fault(noSuchVerb(verb));
  const { argument } = verbs[verb];
  if (argument !== null && target === undefined) throw new Fault(`${verb} whom? npm run town -- ${verb} ${argument}`);
  const over = argument === null ? target : rest[0];
  if (over !== undefined) throw new Fault(`${verb} takes no ${over}`);
  for (const name of ["why", "for"] as const)
    if (verb !== "pause" && values[name] !== undefined) throw new Fault(`--${name} belongs to pause, not to ${verb}`);
  if (verb === "pause" && !values.why?.trim())
    throw new Fault('say why, for those who find it paused: --why "a release"');
  return {
    verb,
    target: target ?? null,
    town: townOf(values.town ?? (env.TOWNKEEPER_TOWN || "sample")),
    json: values.json ?? false,
    why: values.why ?? "",
    forMs: values.for === undefined ? null : durationOf(values.for),
    ...connectionOf({ url: values.url, tokenFile: values["token-file"], state: values.state }, env),
  };
}

function townOf(name: string): string {
  if (slug.safeParse(name).success) return name;
  throw new Fault(`no town is called ${JSON.stringify(name)}: names have lower-case letters, digits and single dashes`);
}

const isVerb = (word: string): word is Verb => Object.hasOwn(verbs, word);

function noSuchVerb(typed: string): string {
  const names = Object.keys(verbs);
  return `there is no verb ${typed}.${didYouMean(typed, names) || ` There are ${names.join(", ")}.`}`;
}

function parseFlags(args: string[]) {
  try {
    return parseArgs({ args, allowPositionals: true, options: flags });
  } catch (error) {
    const [line = ""] = messageOf(error).split(/\n|\. /);
    const said = line.replace(/\.$/, "");
    const [, unknown] = /^Unknown option '--?([^']+)'/.exec(said) ?? [];
    const meant = unknown === undefined ? "" : didYouMean(unknown, Object.keys(flags), "--");
    throw new Fault(`${said}.${meant || " See npm run town -- --help"}`);
  }
}

const UNITS_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

function durationOf(text: string): number {
  const [, count, unit] = /^([1-9]\d{0,4})([smhd])$/.exec(text) ?? [];
  if (count === undefined) throw new Fault(`--for ${text}: give a time such as 30m, 2h or 1d`);
  return Number(count) * UNITS_MS[unit as keyof typeof UNITS_MS];
}
