/**
 * `npm run fuzz`: requests made from openapi.json, valid and changed in one thing, against the real Worker with a scripted host.
 * No answer may be a 5xx or other than the document says, no refusal may change anything, and the town's invariants hold.
 */
import { readCommand } from "../../cli/command.ts";
import { routes } from "./document.ts";
import { fuzz } from "./run.ts";
import { table } from "./table.ts";

const usage = `Usage: npm run fuzz -- [flags]

Requests made from openapi.json, against the real Worker with a scripted host. Exits 1 on any breach: a 5xx, an answer that
is not as the document says, a body against the document that is taken, a refusal that changes anything, an invariant, a
pass that threw.

  --requests N    of each route (default 2000)
  --routes A,B    only routes whose name holds one of these
  --seed N        the same requests again (default: by chance); what broke is told with the seed that shows it first
  --seconds N     begin nothing more after so long (default 7200)
  --sample        a few of each, within some seconds
  --json          the figures as JSON`;

const { values, whole, fail } = readCommand({
  name: "fuzz",
  usage,
  options: {
    requests: { type: "string", default: "2000" },
    routes: { type: "string", default: "" },
    seed: { type: "string", default: String(Math.floor(Math.random() * 1_000_000_000)) },
    seconds: { type: "string", default: "7200" },
    sample: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
  },
});
const SAMPLE = 3;
const words = values.routes.split(",");
const wanted = routes.filter(({ name }) => words.some((word) => name.includes(word)));
if (wanted.length === 0) fail(`no route's name holds ${words.join(" or ")}`);

const result = await fuzz({
  routes: wanted,
  requests: values.sample ? SAMPLE : whole("requests"),
  seed: whole("seed", 0),
  seconds: whole("seconds"),
  say: (line) => console.error(`fuzz: ${line}`),
});
console.log(values.json ? JSON.stringify(result, null, 2) : table(result));
const { breaches } = result;
// One plain closing line: CI adds it up.
if (!values.json) console.log(`${Math.max(0, wanted.length - breaches.length)} passed, ${breaches.length} failed`);
process.exit(breaches.length > 0 || !result.isWhole ? 1 : 0);
