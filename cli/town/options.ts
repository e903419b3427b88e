import { parseArgs } from "node:util";
import { slug } from "../../src/protocol/common.ts";
import { Fault } from "../fault.ts";
import { readFlags } from "../flags.ts";
import { type Again, againWith } from "./again.ts";
import { connectionOf, startWith } from "./connection.ts";
import { didYouMean } from "./nearest.ts";
import { nounLines, nounsThatCan } from "./nouns/index.ts";
import { millisecondsOf } from "./times.ts";

const verbs = {
  status: { argument: null, says: "how the town is, on one screen" },
  health: { argument: null, says: "its verdict, and what to do" },
  attention: { argument: null, says: "what waits for a person, and how to mend each" },
  doctor: { argument: null, says: "has every agent looked at, then says what is not well" },
  incidents: { argument: null, says: "when something was not well, and what healed it" },
  ticks: { argument: null, says: "the last ticks in which something happened" },
  pause: { argument: null, says: "nothing new starts; what runs goes on (--why, --for)" },
  resume: { argument: null, says: "ends a pause" },
  drain: { argument: null, says: "no new runs; landings go on" },
  undrain: { argument: null, says: "ends that" },
  disable: { argument: "AGENT", says: "this agent gets no work" },
  enable: { argument: "AGENT", says: "it gets work again" },
  preflight: { argument: "AGENT", says: "has its host look whether it could work (--call)" },
  explain: { argument: "BEAD", says: "why it is where it is: every gate in its way" },
  retry: { argument: "BEAD", says: "tried again, with its budgets whole (--why)" },
  cancel: { argument: "BEAD", says: "given up, and what runs of it is stopped (--why)" },
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
  /** A preflight may spend a short call of the model's. */
  call: boolean;
  why: string;
  /** How long a pause lasts, in milliseconds; null: until an operator resumes it. */
  forMs: number | null;
  again: Again;
  /** The command that begins the town keeper that was meant. */
  start: string;
}

const flags = {
  help: { type: "boolean", short: "h" },
  json: { type: "boolean" },
  output: { type: "string", short: "o" },
  call: { type: "boolean" },
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

Things, each with what can be done to it: npm run town -- bead --help. \`create\`, \`show\` and \`set\` alone are the town's.

${nounLines.map(([noun, says]) => `  ${noun.padEnd(16)} ${says}`).join("\n")}

  --town NAME       which town (sample, or what TOWNKEEPER_TOWN says)
  --url URL         where the Worker listens (of the \`npm start\` that runs here; or TOWNKEEPER_URL)
  --token-file F    a file with the operator's token (of that start; or TOWNKEEPER_TOKEN)
  --state DIR       whose state folder to look into (.townkeeper in the repository)
  --why TEXT        why you pause it, cancel or retry
  --for TIME        how long: 30m, 2h, 1d
  --call            have its tool answer one word: whether its model and key are taken
  -o, --output F    table, or json or jsonl: the answer as the Worker gave it
  --json            the same as -o json
  --help            show this

Exit codes: 0 done, and well; 1 refused; 2 this command line is wrong; 3 no town keeper answers;
6 not well: the loop is stalled, spinning, starved, failing or unknown (status, health, reconcile and
doctor); something waits for you (attention and doctor: status and health only show it); an agent
could not work (preflight and doctor).
`;

/** `town create home`, as people who call this command `town` write it: what is meant is the noun. */
export function withTownNamed(args: string[]): string[] {
  const { positionals } = parseArgs({ args, options: flags, allowPositionals: true, strict: false });
  const [first = ""] = positionals;
  if (!OF_TOWN.has(first)) return args;
  const at = args.indexOf(first);
  return [...args.slice(0, at), "town", ...args.slice(at)];
}
const OF_TOWN: ReadonlySet<string> = new Set(["create", "show", "set"]);

/** Whether a command line is about a thing: `bead list`. What is wrong with its flags is for others to say. */
export function isAboutThing(args: string[]): boolean {
  const { positionals } = parseArgs({
    args,
    options: flags,
    allowPositionals: true,
    strict: false,
  });
  return nounLines.some(([noun]) => noun === positionals[0]);
}

/** @throws Fault with one line that says what to write instead */
export function parseTownOptions(args: string[], env: NodeJS.ProcessEnv): TownOptions | "help" {
  const { values, positionals } = parseFlags(args);
  const [verb, target, ...rest] = positionals;
  if (values.help || verb === undefined) return "help";
  if (!isVerb(verb)) throw new Fault(noSuchVerb(verb));
  const { argument } = verbs[verb];
  const again = againWith(values);
  const asked = argument === "AGENT" ? "whom" : "which bead";
  if (argument !== null && target === undefined) throw new Fault(`${verb} ${asked}? ${again(`${verb} ${argument}`)}`);
  const over = argument === null ? target : rest[0];
  if (over !== undefined) throw new Fault(`${verb} takes no ${over}`);
  for (const [name, owners] of Object.entries(OWNERS))
    if (!(owners as readonly string[]).includes(verb) && values[name as keyof typeof OWNERS] !== undefined)
      throw new Fault(`--${name} belongs to ${owners.join(", ")}, not to ${verb}`);
  if (verb === "pause" && !values.why?.trim())
    throw new Fault('say why, for those who find it paused: --why "a release"');
  if (verb === "cancel" && !values.why?.trim())
    throw new Fault('say why, for those who look for it: --why "not wanted any more"');
  return {
    verb,
    target: target ?? null,
    town: townOf(values.town ?? (env.TOWNKEEPER_TOWN || "sample")),
    json: isJson(values.json ?? false, values.output),
    call: values.call ?? false,
    why: values.why ?? "",
    forMs: values.for === undefined ? null : durationOf(values.for),
    again,
    start: startWith(values.state),
    ...connectionOf({ url: values.url, tokenFile: values["token-file"], state: values.state }, env),
  };
}

/** A verb's answer is one thing, so a line of JSON is the same as JSON. */
function isJson(json: boolean, output = "table"): boolean {
  if (output === "table") return json;
  if (output === "json" || output === "jsonl") return true;
  throw new Fault(`-o ${output}: of a verb there is table, json and jsonl`);
}

const OWNERS = { why: ["pause", "cancel", "retry"], for: ["pause"], call: ["preflight"] } as const satisfies Record<
  string,
  readonly Verb[]
>;

function townOf(name: string): string {
  if (slug.safeParse(name).success) return name;
  throw new Fault(`no town is called ${JSON.stringify(name)}: names have lower-case letters, digits and single dashes`);
}

const isVerb = (word: string): word is Verb => Object.hasOwn(verbs, word);

function noSuchVerb(typed: string): string {
  const names = [...Object.keys(verbs), ...nounLines.map(([noun]) => noun)];
  const able = nounsThatCan(typed);
  if (able.length > 0) return `say what to ${typed}: ${able.map((noun) => `${noun} ${typed}`).join(", ")}`;
  return `there is no verb ${typed}.${didYouMean(typed, names) || ` There are ${names.join(", ")}.`}`;
}

const TIMES = "a time such as 30m, 2h or 1d";

function parseFlags(args: string[]) {
  const takes = {
    town: "a town's name",
    url: "a URL such as http://127.0.0.1:8787",
    "token-file": "a file",
    state: "a folder",
    why: "a reason, in quotes",
    for: TIMES,
    output: "table, json or jsonl",
  };
  return readFlags({ args, allowPositionals: true, options: flags }, takes, "npm run town -- --help");
}

function durationOf(text: string): number {
  const ms = millisecondsOf(text);
  if (ms === null) throw new Fault(`--for ${text}: give ${TIMES}`);
  return ms;
}
