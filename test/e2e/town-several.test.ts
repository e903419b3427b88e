/** Narrower lists, several beads at once, and what would be done next: as it is typed, against a real Worker without a host. */
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { Client } from "../../cli/client.ts";
import { repoRoot, statePaths } from "../../cli/paths.ts";
import { prepareState } from "../../cli/preflight.ts";
import { loadSecrets } from "../../cli/secrets.ts";
import { Services } from "../../cli/services.ts";
import { messages } from "../../cli/stream.ts";
import { PartOfTown } from "../../cli/town/part-of-town.ts";
import { planLines } from "../../cli/town/plan-lines.ts";
import { freePort, listen, temporary, terminal } from "./support.ts";

/** A town that is paused, with a rig, an agent and two beads. */
async function aPausedTown() {
  const state = temporary();
  const paths = statePaths(state);
  prepareState(paths.folder);
  const services = new Services({
    options: {
      external: { url: `http://127.0.0.1:${await freePort()}`, token: "nobody" },
      agentUser: null,
      passEnv: null,
    },
    paths,
    secrets: loadSecrets(paths),
    port: await freePort(),
    drills: [],
    say: () => {},
    onLost: () => {},
  });
  onTestFinished(() => services.stop());
  await services.start();
  writeFileSync(paths.url, services.url);
  const { api } = services;
  await api.createTown({ name: "sample", paused: { why: "a test" } });
  await api.addRig("sample", { id: "lib", repoUrl: "/nowhere.git", defaultBranch: "main" });
  await api.addAgent("sample", { id: "ada", rig: "lib", command: ["true"] });
  await api.createBeads("sample", [
    { rig: "lib", title: "one", labels: ["ui"] },
    { rig: "lib", title: "two" },
  ]);
  return (...args: string[]): Promise<{ code: number; out: string; err: string }> =>
    new Promise((resolve) => {
      const words = [join(repoRoot, "cli/town.ts"), ...args, "--state", state];
      execFile(process.execPath, words, { env: { ...terminal, INIT_CWD: state } }, (error, out, err) =>
        resolve({ code: Number(error?.code ?? 0), out, err }),
      );
    });
}

test("beads are listed by state, label, words, agent and time; several are given up or tried again in one command", async () => {
  const town = await aPausedTown();
  const names = async (...args: string[]) => (await town("bead", "list", "-o", "name", ...args)).out.trim().split("\n");
  expect(await names("--status", "open", "--status", "parked")).toEqual(["lib-2", "lib-1"]);
  expect(await names("--label", "ui")).toEqual(["lib-1"]);
  expect(await names("--text", "TWO")).toEqual(["lib-2"]);
  expect(await names("--since", "1d")).toEqual(["lib-2", "lib-1"]);
  expect(await names("--agent", "ada")).toEqual([""]);
  expect(await town("bead", "list", "--agent", "bob")).toMatchObject({ code: 1, err: expect.stringContaining("bob") });
  expect(await town("bead", "list", "--convoy", "none")).toMatchObject({ code: 1 });
  expect(await town("bead", "list", "--since", "soon")).toMatchObject({
    code: 2,
    err: expect.stringContaining("2h, 1d"),
  });

  const plan = await town("plan");
  expect(plan.out).toMatch(/were it not for a gate\n {2}dispatch agent {2}lib-1, ada: town paused.*a test/);
  expect((await town("reconcile", "--dry-run")).out).toBe(plan.out);

  await town("rig", "edit", "lib", "--no-change", "park", "--trailers", "no");
  expect(JSON.parse((await town("rig", "show", "lib", "--json")).out)).toMatchObject({
    noChange: "park",
    trailers: false,
  });
  await town("rig", "edit", "lib", "--max-agents", "3", "--landings-at-once", "2");
  expect(await town("rig", "edit", "lib", "--landings-at-once", "9")).toMatchObject({
    code: 2,
    err: expect.stringContaining("--landings-at-once 9: give a whole number from 1 to 8"),
  });
  expect(await town("rig", "edit", "lib", "--trailers", "host", "--max-agents", "none")).toMatchObject({ code: 0 });
  expect(JSON.parse((await town("rig", "show", "lib", "--json")).out)).toMatchObject({
    noChange: "park",
    trailers: null,
    maxAgents: null,
    landingsAtOnce: 2,
  });

  const ended = await town("cancel", "lib-1", "lib-9", "lib-2", "--why", "a test");
  expect(ended).toMatchObject({ code: 1, err: expect.stringMatching(/^town: .*lib-9.* \(bead_not_found\)\n$/) });
  expect(ended.out).toMatch(/^lib-1: cancelled;.*\nlib-2: cancelled;.*\n$/);
  expect((await names("--status", "open")).join()).toBe("");
  const one = await town("retry", "lib-8");
  expect(one).toMatchObject({ code: 1, err: expect.stringContaining("(bead_not_found)") });
});

test("of a plan people read what would be done, what not and by which gate, and what waits since it came to nothing", () => {
  const now = Date.parse("2026-11-30T12:00:00Z");
  const plan = {
    actions: [{ type: "land_bead", beadId: "lib-1" }, { type: "prune_history" }],
    refused: [
      { type: "dispatch_agent", beadId: "lib-2", agentId: "ada", gate: "rig_cap", why: "one is at work", until: null },
    ],
    heldBack: [{ action: "release_hook lib-3", times: 3, why: "stale", until: "2026-11-30T12:01:00Z" }],
  };
  expect(planLines("home", plan, now)).toEqual([
    "would be done",
    "  land bead  lib-1",
    "  prune history",
    "would be done too, were it not for a gate",
    "  dispatch agent  lib-2, ada: rig cap: one is at work",
    "came to nothing, and waits",
    "  release hook lib-3, 3 times, in 1 min: stale",
  ]);
  expect(planLines("home", { actions: [], refused: [], heldBack: [] }, now)).toEqual([
    "home: the next pass would do nothing",
  ]);
});

test("what is watched is what was asked for, also when the line is made again", async () => {
  const asked: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url);
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.end(`data: ${JSON.stringify({ type: "change", seq: asked.length })}\n\n`);
  });
  onTestFinished(() => void server.close());
  const url = `http://127.0.0.1:${await listen(server)}`;
  const town = new PartOfTown(new Client(url, "token"), "home", { rig: "lib", kinds: "bead,attempt" });
  const leaving = new AbortController();
  const seen: number[] = [];
  for await (const { seq } of messages(town, leaving.signal, { againMs: 1 })) if (seen.push(seq) === 2) break;
  leaving.abort();
  expect(seen).toEqual([1, 2]);
  expect(asked).toEqual([
    "/v1/towns/home/stream?rig=lib&kinds=bead%2Cattempt",
    "/v1/towns/home/stream?rig=lib&kinds=bead%2Cattempt&after=1",
  ]);
});
