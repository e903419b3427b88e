/** What is shown, in order: each begins with the town that the one before left. */
import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { type Attempt, IDLE_S, type Scene } from "./scene.ts";
import { until } from "./waiting.ts";

const COLD_MS = 5_000;
const WARM_MS = 150;
/** Both are printed beside what was measured. A machine that does other work as well may be so much slower. */
const NOISE = 10;

type Story = (scene: Scene) => Promise<void>;

const tookMs = ({ startedAt, acceptedAt }: Attempt): number => Date.parse(acceptedAt ?? "") - Date.parse(startedAt);

/** One commit of the bead on main, and never two of its runs at a time. */
async function landedOnce(scene: Scene, bead: string): Promise<void> {
  const log = scene.remote.git("log", "--format=%H", "main", "--", `${bead}.txt`).split("\n").filter(Boolean);
  assert.equal(log.length, 1, `${bead} landed ${log.length} times`);
  const runs = await scene.runs(bead);
  for (const [index, run] of runs.entries()) {
    const next = runs[index + 1];
    if (next) assert(Date.parse(run.endedAt ?? "") <= Date.parse(next.startedAt), "two runs at a time");
  }
  assert.deepEqual(await scene.invariants(), []);
}

async function only(scene: Scene): Promise<string> {
  const [name, ...others] = await scene.containers();
  assert(name && others.length === 0, "not exactly one container runs");
  return name;
}

/** What a script prints that runs beside the host, as an agent would. */
const inside = async (scene: Scene, ...command: string[]) => scene.docker("exec", await only(scene), ...command);

const get = (url: string) =>
  `fetch(${JSON.stringify(url)}).then(async (r) => console.log(r.status, await r.text()), () => console.log("cut off"))`;

export const stories: Record<string, Story> = {
  "a Durable Object starts a container, cold, and a bead lands": async (scene) => {
    // The rig was looked at when it was added, by a container that stops when nothing runs in it.
    await until(async () => (await scene.containers()).length === 0, 10 * IDLE_S * 1_000);
    const bead = await scene.give(0);
    await scene.whenClosed(bead);
    await landedOnce(scene, bead);
    const [run] = await scene.runs(bead);
    assert(run);
    console.log(`      cold container: accepted after ${tookMs(run)} ms (budget ${COLD_MS})`);
    assert(tookMs(run) < NOISE * COLD_MS, "far too slow");
  },

  "four more land in the same container, each started at once": async (scene) => {
    const container = await only(scene);
    const beads: string[] = [];
    for (let n = 0; n < 4; n++) beads.push(await scene.give(0));
    for (const bead of beads) await scene.whenClosed(bead);
    for (const bead of beads) await landedOnce(scene, bead);
    const ms = (await Promise.all(beads.map((bead) => scene.runs(bead)))).flat().map(tookMs);
    console.log(`      warm host: accepted after ${ms.join(", ")} ms (budget ${WARM_MS})`);
    const [, , third] = ms.toSorted((a, b) => a - b);
    assert(third !== undefined && third < NOISE * WARM_MS, "far too slow");
    assert.equal(await only(scene), container);
  },

  "what it needs to be let in is never inside": async (scene) => {
    assert.equal(scene.remote.refusals, 0);
    const everything = await inside(
      scene,
      "sh",
      "-c",
      "cat /proc/*/environ | tr '\\0' '\\n'; grep -r Basic /root /home /var/lib/townkeeper || true",
    );
    assert(!everything.includes(scene.remote.authorization.slice(6)), "the remote's password is inside");
    assert.match(
      await inside(scene, "node", "-e", get("https://git.test/library.git/info/refs?service=git-upload-pack")),
      /^200/,
    );
    assert.match(await inside(scene, "node", "-e", get("http://elsewhere.test/")), /^520|^cut off/);
    assert.match(await inside(scene, "node", "-e", get("http://town.internal/v1/towns/home")), /^403/);
  },

  "an agent is a user of its own, and reads neither the host's token nor its state, nor another agent's folder": async (
    scene,
  ) => {
    const bead = await scene.give(6);
    await scene.whenRunning(bead);
    const state = "/var/lib/townkeeper";
    const folder = await inside(scene, "sh", "-c", `dirname $(find ${state}/work -name ${bead}.txt)`);
    const owner = await inside(scene, "stat", "-c", "%U", folder);
    assert.match(owner, /^agent\d+$/);
    const other = owner === "agent9" ? "agent8" : "agent9";
    const as = async (user: string, script: string) =>
      scene.docker("exec", "--user", user, await only(scene), "sh", "-c", `${script} 2>&1 || true`);
    const secrets = ["cat /proc/1/environ", `ls ${state}`, `ls ${state}/runs`, `cat ${state}/host.lock`, "kill -0 1"];
    for (const secret of [...secrets, "ls /root"])
      assert.match(await as(owner, secret), /denied|not permitted/, `${owner}: ${secret}`);
    for (const look of [`ls ${folder}`, `cat ${folder}/${bead}.txt`, `touch ${folder}/mine`, `ls /home/${owner}`])
      assert.match(await as(other, look), /denied|not permitted/, `${other}: ${look}`);
    const [run] = await scene.runs(bead);
    assert.equal(await as(owner, `cat ${folder}/.git/HEAD`), `ref: refs/heads/town/${bead}/${run?.fence}`);
    await scene.whenClosed(bead);
  },

  "a look before any token is spent goes through the same door": async (scene) => {
    const { state, checks } = await scene.preflight("ada");
    assert.deepEqual(
      [state, checks.map(({ name, ok }) => ok && name)],
      ["passed", ["repository", "push", "command", "disk"]],
    );
  },

  "an agent that speaks ACP works there as elsewhere, on a convoy's branch": async (scene) => {
    const [one = "", two = "", landing = ""] = await scene.giveConvoy("feature/talk");
    for (const bead of [one, two]) {
      const [run, ...more] = await scene.runs(bead);
      assert.deepEqual([run?.state, run?.usage?.inputTokens, more], ["finished", 40, []]);
      assert.equal(scene.remote.git("show", `main:${bead}.txt`), "spoken");
      assert.equal(scene.remote.git("show", `feature/talk:${bead}.txt`), "spoken");
    }
    assert.deepEqual(await scene.runs(landing), []);
    assert.deepEqual(await scene.invariants(), []);
  },

  "killed in the middle of a run, it is recovered, and nothing doubles": async (scene) => {
    const bead = await scene.give(6);
    const before = await scene.whenRunning(bead);
    await scene.docker("kill", await only(scene));
    await scene.whenClosed(bead);
    await landedOnce(scene, bead);
    const [first, second, ...more] = await scene.runs(bead);
    assert.deepEqual([first?.failure?.kind, second?.state, more], ["lost", "finished", []]);
    assert.notEqual(second?.hostBoot, before.hostBoot);
    const file = scene.remote.git("show", `main:${bead}.txt`);
    assert.equal(file, `fence ${second?.fence}`);
  },

  "told to end, it saves the work in progress, reports, and goes": async (scene) => {
    const bead = await scene.give(6);
    const { fence } = await scene.whenRunning(bead);
    await scene.docker("kill", "--signal", "TERM", await only(scene));
    const failure = await until(async () => (await scene.runs(bead))[0]?.failure, 20_000);
    assert.equal(failure.code, "host_draining");
    assert.match(failure.message, /is commit \w+ on branch/);
    assert.equal(scene.remote.git("show", `town/${bead}/${fence}:${bead}.txt`), `fence ${fence}`);
    await scene.whenClosed(bead);
    await landedOnce(scene, bead);
  },

  "a live run keeps it, however long": async (scene) => {
    const bead = await scene.give(2.5 * IDLE_S);
    await scene.whenRunning(bead);
    const container = await only(scene);
    await pause(2 * IDLE_S * 1_000);
    assert.equal(await only(scene), container);
    await scene.whenClosed(bead);
    assert.equal((await scene.runs(bead)).length, 1);
  },

  "with nothing to do it stops, and the next bead starts it again": async (scene) => {
    const idleMs = performance.now();
    await until(async () => (await scene.containers()).length === 0, 2 * IDLE_S * 1_000);
    console.log(
      `      idle for ${((performance.now() - idleMs) / 1_000).toFixed(1)} s, then stopped (policy ${IDLE_S} s)`,
    );
    const bead = await scene.give(0);
    await scene.whenClosed(bead);
    await landedOnce(scene, bead);
  },

  "the town is restarted under a live run, which goes on": async (scene) => {
    const bead = await scene.give(12);
    await scene.whenRunning(bead);
    const container = await only(scene);
    await scene.restartTown();
    await scene.whenClosed(bead, 60_000);
    await landedOnce(scene, bead);
    assert.equal(await only(scene), container);
  },

  "placed per agent, two run beside each other, and what nobody needs any more ends by itself": async (scene) => {
    const former = await only(scene);
    await scene.restartTown({ CONTAINER_PER: "agent" });
    const beads = [await scene.give(IDLE_S), await scene.give(IDLE_S)];
    // Beside the former one, or after it: on a busy machine it may be gone by the time that both are up.
    await until(async () => (await scene.containers()).filter((id) => id !== former).length >= 2, 40_000);
    await until(async () => !(await scene.containers()).includes(former), 3 * IDLE_S * 1_000);
    for (const bead of beads) await scene.whenClosed(bead);
    for (const bead of beads) await landedOnce(scene, bead);
    const boots = (await Promise.all(beads.map((bead) => scene.runs(bead)))).flat().map(({ hostBoot }) => hostBoot);
    assert.equal(new Set(boots).size, 2);
  },
};
