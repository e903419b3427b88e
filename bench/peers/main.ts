/**
 * The same work for Townkeeper and for its peers, in one run: `npm run bench:peers`. What is measured, and what is not equal:
 * README.md.
 */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { readCommand } from "../../cli/command.ts";
import { messageOf } from "../../cli/fault.ts";
import { installPeers } from "./install.ts";
import { measurePeers } from "./measure.ts";
import type { Session } from "./session.ts";
import { table } from "./table.ts";

const { values, whole } = readCommand({
  name: "bench:peers",
  usage: `Usage: npm run bench:peers -- [options]

The same work for Townkeeper and for its peers, in one run; README.md beside this program says how, and what is not equal.

  --only NAME,…   some of them
  --n N           items for the latency (1000)
  --seconds S     and the time for them, for each peer (25)
  --idle S        for so long nothing is done (20)
  --busy S        no peer's latency and throughput are begun after so long, in each round (400)
  --times T       latency and throughput in so many rounds: all peers once, then all again (1)
  --install       apt-get installs PostgreSQL and Redis first
  --json FILE     writes all figures there
`,
  options: {
    json: { type: "string" },
    only: { type: "string" },
    n: { type: "string", default: "1000" },
    seconds: { type: "string", default: "25" },
    idle: { type: "string", default: "20" },
    busy: { type: "string", default: "400" },
    times: { type: "string", default: "1" },
    install: { type: "boolean", default: false },
  },
});
const say = (line: string) => console.error(`bench: ${line}`);
const running = new Set<Session>();
let leaving = false;

function keepTrack(session: Session, runs: boolean): void {
  if (runs && leaving) throw new Error("told to leave");
  if (runs) running.add(session);
  else running.delete(session);
}

/** All that was started has its end, by pid; twice Ctrl-C does not wait. */
async function leave(code: number): Promise<never> {
  leaving = true;
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(code));
  await Promise.allSettled([...running].map((session) => session.stop()));
  process.exit(code);
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => void leave(130));

if (values.install) {
  const { status } = spawnSync("apt-get", ["install", "-y", "postgresql", "redis-server"], { stdio: "inherit" });
  if (status !== 0) say("apt-get did not install them; what it said stands above");
}
try {
  await installPeers();
  const results = await measurePeers({
    n: whole("n"),
    latencySeconds: whole("seconds"),
    idleSeconds: whole("idle"),
    busySeconds: whole("busy"),
    times: whole("times"),
    ...(values.only && { only: values.only.split(",") }),
    say,
    onSession: keepTrack,
  });
  console.log(table(results));
  if (values.json) writeFileSync(values.json, `${JSON.stringify(results, null, 2)}\n`);
  await leave(Object.values(results).some(({ failure }) => failure) ? 1 : 0);
} catch (error) {
  if (!leaving) {
    say(messageOf(error));
    await leave(1);
  }
}
