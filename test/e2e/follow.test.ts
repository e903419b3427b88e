/** What `npm start` tells of every town, against a real Worker, a real host and real git. */
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { Display } from "../../cli/display.ts";
import { followTowns } from "../../cli/follow.ts";
import { type StatePaths, statePaths } from "../../cli/paths.ts";
import { prepareState } from "../../cli/preflight.ts";
import { loadSecrets } from "../../cli/secrets.ts";
import { Services } from "../../cli/services.ts";
import { againWith } from "../../cli/town/again.ts";
import { freePort, temporary } from "./support.ts";

/** A town keeper, with a repository `first` in its state folder; and how what is told of its towns from now on can be heard. */
async function aKeeper() {
  const state = temporary();
  const paths = statePaths(state);
  prepareState(paths.folder);
  const services = new Services({
    options: { external: null, agentUser: null, passEnv: null },
    paths,
    secrets: loadSecrets(paths),
    port: await freePort(),
    drills: [],
    say: () => {},
    onLost: () => {},
  });
  onTestFinished(() => services.stop());
  await services.start();
  mkdirSync(join(state, "first"));
  const git = (...args: string[]) => execFileSync("git", ["-C", state, ...args]);
  git("init", "-q", "-b", "trunk", "first");
  git("-C", "first", "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "--allow-empty", "-m", "begin");
  const { api, host } = services;
  return { api, state, follow: (sinceMs = Date.now()) => followed({ api, host, paths, state }, sinceMs) };
}

function followed(
  { api, host, paths, state }: Pick<Services, "api" | "host"> & { paths: StatePaths; state: string },
  sinceMs: number,
) {
  const told: string[] = [];
  const display = new Display(process.stderr);
  display.say = (line) => void told.push(line);
  const leaving = new AbortController();
  const again = againWith({ state });
  const following = followTowns({ api, host, paths, display, again, sinceMs, told: null }, leaving.signal);
  const tells = (words: RegExp) =>
    expect.poll(() => told.join("\n"), { timeout: 60_000, interval: 200 }).toMatch(words);
  const end = async () => {
    leaving.abort();
    await following;
  };
  return { told, tells, end };
}

test("a town that comes later is followed too: what moves, and why nothing does", async () => {
  const { api, state, follow } = await aKeeper();
  const { tells, end } = follow();
  await api.createTown({ name: "late", settings: { agentFailureBudget: 1 } });
  await api.addRig("late", { id: "app", repoUrl: join(state, "first") });
  await api.createBeads("late", [{ rig: "app", title: "one" }]);
  await tells(
    /late: critical, waits for you: 1 bead of rig app waits.*\(npm run town -- attention --town late --state/,
  );

  await api.addAgent("late", { id: "ada", rig: "app", command: ["sh", "-c", "sleep 2; exit 3"] });
  await tells(/late: app-1 open → in_progress, ada: one/);
  await tells(/late: no longer waits for you: 1 bead of rig app waits/);
  await tells(/late: app-1 in_progress → parked: one/);
  await tells(/late: warning, waits for you: app-1 is parked/);
  await end();
});

test("a town that is made meanwhile is told from its beginning, in the order in which it was made; one of before from now on", async () => {
  const { api, state, follow } = await aKeeper();
  const set = async (town: string, titles: string[]) => {
    await api.createTown({ name: town });
    await api.addRig(town, { id: "app", repoUrl: join(state, "first") });
    await api.addAgent(town, { id: "ada", rig: "app", command: ["sleep", "60"] });
    await api.createBeads(
      town,
      titles.map((title) => ({ rig: "app", title })),
    );
  };
  await set("early", ["old"]);
  const sinceMs = Date.now();
  const titles = Array.from({ length: 11 }, (_, n) => `work ${n + 1}`);
  await set("late", titles);
  await api.of("late").post("/beads/{bead}/cancel", { bead: "app-11" }, { reason: "not needed" });
  await expect.poll(async () => (await api.beads("late"))[0]?.status, { timeout: 30_000 }).toBe("in_progress");
  // It is heard of later than it was made.
  const { told, tells, end } = follow(sinceMs);
  await tells(/late: app-1 open → in_progress, ada: work 1$/m);
  const lines = [
    ...titles.slice(0, 10).map((title, n) => `app-${n + 1} queued: ${title}`),
    "app-1 open → in_progress, ada: work 1",
    "app-11 open → cancelled: work 11",
  ];
  expect(told.filter((line) => line.includes("late: app-"))).toEqual(
    lines.map((line) => expect.stringMatching(new RegExp(`  late: ${line}$`))),
  );
  await api.createBeads("early", [{ rig: "app", title: "new" }]);
  await tells(/early: app-2 queued: new/);
  expect(told.filter((line) => line.includes("early: app-1"))).toEqual([]);
  await end();
});
