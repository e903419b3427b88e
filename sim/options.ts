import { parseArgs } from "node:util";

export interface SimOptions {
  seeds: number;
  first: number;
  hours: number | undefined;
  jobs: number;
  json: boolean;
  untilViolation: boolean;
  shrinks: boolean;
  restless: boolean;
  joined: boolean;
  troubled: boolean;
}

export const usage = `Usage: npm run sim -- [options]

Lives through simulated towns in which things go wrong, and checks everything that must always hold.

  --seeds N          how many (50)
  --first-seed K     from this one on (1)
  --hours H          how long things go wrong in each; drawn from the seed if left out
  --jobs J           processes (1)
  --restless         settings change every few minutes, under live runs
  --joined           the hosts have joined their town: channels are lost, hosts are taken away
  --troubled         something is wrong for long in each: beads that fail whoever takes them, sick agents, full hosts, broken rigs, damaged rows
  --json             one JSON object on stdout; failures go to stderr
  --until-violation  stop at the first seed that fails
  --no-shrink        don't look for the least that must go wrong for a failing seed to fail
`;

/** @throws Error that says what to write instead */
export function parseOptions(args: string[]): SimOptions | "help" {
  const { values } = parseArgs({
    args,
    options: {
      seeds: { type: "string", default: "50" },
      "first-seed": { type: "string", default: "1" },
      hours: { type: "string" },
      jobs: { type: "string", default: "1" },
      json: { type: "boolean", default: false },
      "until-violation": { type: "boolean", default: false },
      restless: { type: "boolean", default: false },
      joined: { type: "boolean", default: false },
      troubled: { type: "boolean", default: false },
      "no-shrink": { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return "help";
  return {
    seeds: whole("--seeds", values.seeds, 1),
    first: whole("--first-seed", values["first-seed"], 0),
    hours: values.hours === undefined ? undefined : whole("--hours", values.hours, 1),
    jobs: whole("--jobs", values.jobs, 1),
    json: values.json,
    untilViolation: values["until-violation"],
    restless: values.restless,
    joined: values.joined,
    troubled: values.troubled,
    shrinks: !values["no-shrink"],
  };
}

function whole(flag: string, text: string, least: number): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= least) return number;
  throw new Error(`${flag} ${text}: give a whole number from ${least}`);
}
