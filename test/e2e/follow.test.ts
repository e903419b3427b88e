/** What `npm start` tells of every town, against a real Worker, a real host and real git. */
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { Display } from "../../cli/display.ts";
import { followTowns } from "../../cli/follow.ts";
import { statePaths } from "../../cli/paths.ts";
import { prepareState } from "../../cli/preflight.ts";
import { loadSecrets } from "../../cli/secrets.ts";
import { Services } from "../../cli/services.ts";
import { againWith } from "../../cli/town/again.ts";
import { freePort, temporary } from "./support.ts";

test("a town that comes later is followed too: what moves, and why nothing does", async () => {
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
  const told: string[] = [];
  const display = new Display(process.stderr);
  display.say = (line) => void told.push(line);
  const leaving = new AbortController();
  const { api, host } = services;
  const following = followTowns({ api, host, paths, display, again: againWith({ state }) }, leaving.signal);
  const tells = (words: RegExp) =>
    expect.poll(() => told.join("\n"), { timeout: 60_000, interval: 200 }).toMatch(words);

  mkdirSync(join(state, "first"));
  const git = (...args: string[]) => execFileSync("git", ["-C", state, ...args]);
  git("init", "-q", "-b", "trunk", "first");
  git("-C", "first", "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "--allow-empty", "-m", "begin");
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
  leaving.abort();
  await following;
});
