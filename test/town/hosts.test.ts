/** Machines that join a town, over the Worker's own door: who may, and what becomes of their runs when they are taken away. */
import { listDurableObjectIds } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { expect, test } from "vitest";
import { mintHostToken } from "../../src/lib/host-token.ts";
import { signingKeys } from "../../src/lib/signed-token.ts";
import type { StartRequest } from "../../src/protocol/runs.ts";
import { call, json } from "./http.ts";
import { alarm, anAgent, aTown, beads, quiet, rows, type TestTown, tamper, timePasses, violations } from "./town.ts";

const external = { hosts: "external", leaseMs: 60_000, startDeadlineMs: 5_000, backoffBaseMs: 1 } as const;
const LANDED = "b".repeat(40);

const at = ({ name }: TestTown, path: string) => `/v1/towns/${name}${path}`;
const add = async (town: TestTown, id: string) => json(await call("POST", at(town, "/hosts"), { id }));

function dial(path: string, token: string): Promise<Response> {
  const headers = { upgrade: "websocket", authorization: `Bearer ${token}`, "townkeeper-boot-id": "boot" };
  return (exports as unknown as { default: Fetcher }).default.fetch(`http://town.test${path}`, { headers });
}

/** A host that takes whatever it is asked, or never answers. */
async function join(town: TestTown, id: string, isSilent = false) {
  const { token } = await add(town, id);
  const { status, webSocket } = await dial(at(town, `/hosts/${id}/channel`), token);
  if (!webSocket) throw new Error(`the town answered ${status}`);
  const started: StartRequest[] = [];
  let closed: { code: number; reason: string } | null = null;
  webSocket.addEventListener("close", ({ code, reason }) => (closed = { code, reason }));
  webSocket.addEventListener("message", ({ data }) => {
    const { id: asked, body } = JSON.parse(data as string);
    if (!asked) return;
    if (body) started.push(JSON.parse(body));
    if (isSilent) return;
    const answer = JSON.stringify({ accepted: true, bootId: "boot" });
    webSocket.send(JSON.stringify({ id: asked, status: 202, body: answer }));
  });
  webSocket.accept();
  let seq = 0;
  return {
    token,
    started,
    closed: () => closed,
    /** Says something of a run, as the run. */
    async tell(run: StartRequest, told: object) {
      const report = { agent: run.agent ?? null, bead: run.bead, fence: run.fence, seq: ++seq, ...told };
      const body = { protocol: 1, bootId: "boot", reports: [report] };
      const answer = await json(await call("POST", at(town, "/reports"), body, run.reporting.token));
      await quiet(town);
      return { status: answer.status, verdict: answer.verdicts?.[0]?.verdict };
    },
  };
}

const heartbeat = { kind: "heartbeat", agentActiveAtMs: null };
const lost = { kind: "failed", failure: "lost", code: "gone", message: "it is gone", outputTail: "" };
const finished = { kind: "finished", head: "a".repeat(40), outputTail: "" };

/** A town with two hosts, of which `far` runs its one bead. */
async function aRunFarAway() {
  const town = await aTown({ settings: external });
  const far = await join(town, "far");
  await anAgent(town, "ada", "accept");
  await beads(town, { title: "one" });
  await quiet(town);
  const near = await join(town, "near");
  const [run] = far.started as [StartRequest];
  return { town, far, near, run };
}

test("a stranger wakes no town and makes none, whatever name it dials or reports to", async () => {
  const town = await aTown();
  const { token } = await add(town, "far");
  const before = (await listDurableObjectIds(env.TOWN)).length;
  const keys = signingKeys({ RUN_TOKEN_KEY: "another server's key" });
  const forged = await mintHostToken(keys, { town: "nowhere", host: "far" });
  for (const [path, bearer, status] of [
    ["/v1/towns/nowhere/hosts/far/channel", "", 401],
    ["/v1/towns/nowhere/hosts/far/channel", "tkh_0123456789abcdefghijklmnopqrstuvwxyz0123456", 401],
    ["/v1/towns/nowhere/hosts/far/channel", forged, 401],
    ["/v1/towns/nowhere/hosts/far/channel", token, 403],
    [at(town, "/hosts/near/channel"), token, 403],
    ["/v1/towns/No%20Where/hosts/far/channel", token, 422],
  ] as const) {
    const answer = await dial(path, bearer);
    expect([path, answer.status]).toEqual([path, status]);
    await answer.text();
  }
  for (const bearer of ["", "tkr_main.WyJydW4iXQ.AAAA", forged])
    expect(await json(await call("POST", "/v1/towns/nowhere/reports", {}, bearer))).toMatchObject({ status: 401 });
  expect((await listDurableObjectIds(env.TOWN)).length).toBe(before);
});

test("a host joins with the newest of its tokens; a new one ends the connection of the former, and no run", async () => {
  const { town, far, run } = await aRunFarAway();
  const renewed = await json(await call("POST", at(town, "/hosts/far/token")));
  expect(renewed).toMatchObject({ status: 201, id: "far", join: `http://town.test${at(town, "/hosts/far")}` });
  await expect.poll(far.closed).toMatchObject({ code: 4001, reason: "this host's token was replaced by a new one" });
  expect((await dial(at(town, "/hosts/far/channel"), far.token)).status).toBe(401);
  expect((await dial(at(town, "/hosts/far/channel"), renewed.token)).status).toBe(101);
  expect(await far.tell(run, heartbeat)).toEqual({ status: 200, verdict: "ok" });
  expect(await json(await call("POST", at(town, "/hosts/nobody/token")))).toMatchObject({ status: 404 });
});

test("what was asked through a connection that another has replaced is not waited for", async () => {
  const town = await aTown({ settings: { ...external, startDeadlineMs: 60_000 } });
  const far = await join(town, "far", true);
  await anAgent(town, "ada", "accept");
  await beads(town, { title: "one" });
  await expect.poll(() => far.started.length).toBe(1);
  expect((await dial(at(town, "/hosts/far/channel"), far.token)).status).toBe(101);
  await expect
    .poll(async () => (await rows(town)).attempts, { timeout: 5_000 })
    .toMatchObject([{ state: "released", failure: { kind: "unreachable" } }]);
});

test("a host that is removed is not heard any more, and its bead goes on elsewhere once its lease is over", async () => {
  const { town, far, near, run } = await aRunFarAway();
  expect(await far.tell(run, heartbeat)).toMatchObject({ verdict: "ok" });
  const removedAtMs = Date.now();
  expect(await json(await call("DELETE", at(town, "/hosts/far")))).toMatchObject({ status: 200, id: "far" });
  await expect.poll(far.closed).toMatchObject({ code: 4001 });
  const after = await rows(town);
  expect(after).toMatchObject({
    agents: [{ status: "idle", beadId: "lib-1", fence: null }],
    attempts: [{ state: "released", failure: { kind: "lost", code: "host_removed" } }],
    town: { breaker: null },
  });
  // Not before it must be dead, and not even by its own word that it is.
  expect(after.beads[0]?.notBeforeMs).toBeGreaterThanOrEqual(removedAtMs + external.leaseMs);
  for (const told of [heartbeat, finished, lost])
    expect(await far.tell(run, told)).toMatchObject({ verdict: "fenced" });
  await alarm(town);
  expect(near.started).toEqual([]);
  expect((await rows(town)).beads[0]?.notBeforeMs).toBe(after.beads[0]?.notBeforeMs);
  await timePasses(town);
  await alarm(town);
  await expect.poll(() => near.started).toMatchObject([{ bead: "lib-1", fence: 2 }]);
  await far.tell(run, heartbeat);
  expect(await rows(town)).toMatchObject({ agents: [{ fence: 2 }], beads: [{ fence: 2, status: "in_progress" }] });
  expect(await violations(town)).toEqual([]);
});

test("what was given up before its host was removed is not adopted from it either; a host of the same name is another", async () => {
  const { town, far, run } = await aRunFarAway();
  await tamper(town, "UPDATE attempts SET lease_until_ms = 1");
  await alarm(town);
  expect(await rows(town)).toMatchObject({ attempts: [{ state: "released" }] });
  await call("DELETE", at(town, "/hosts/far"));
  expect(await far.tell(run, heartbeat)).toMatchObject({ verdict: "fenced" });
  const again = await join(town, "far");
  // Its bead would try the other one first.
  await call("PATCH", at(town, "/hosts/near"), { enabled: false });
  expect((await dial(at(town, "/hosts/far/channel"), far.token)).status).toBe(401);
  await timePasses(town);
  await alarm(town);
  await expect.poll(() => again.started.length + far.started.length).toBe(2);
});

test("a host that is drained away reports to its end", async () => {
  const { town, far, run } = await aRunFarAway();
  expect(await json(await call("DELETE", at(town, "/hosts/far?drain=yes")))).toMatchObject({ status: 422 });
  expect(await json(await call("DELETE", at(town, "/hosts/far?drain=true")))).toMatchObject({ status: 200 });
  await expect.poll(far.closed).toMatchObject({ code: 4001 });
  expect(await far.tell(run, heartbeat)).toMatchObject({ verdict: "ok" });
  expect(await far.tell(run, finished)).toMatchObject({ verdict: "ok" });
  expect(await rows(town)).toMatchObject({ beads: [{ status: "in_review" }], attempts: [{ state: "finished" }, {}] });
});

test("what a removed host says of a landing counts no more: it is landed again, elsewhere", async () => {
  const { town, far, near, run } = await aRunFarAway();
  await far.tell(run, finished);
  await expect.poll(() => far.started.length + near.started.length).toBe(2);
  const lander = far.started.length === 2 ? { id: "far", host: far } : { id: "near", host: near };
  const landing = lander.host.started.at(-1) as StartRequest;
  await call("DELETE", at(town, `/hosts/${lander.id}`));
  expect(await lander.host.tell(landing, { kind: "landed", head: LANDED })).toMatchObject({ verdict: "fenced" });
  expect(await rows(town)).toMatchObject({ beads: [{ status: "in_review" }] });
  expect(await violations(town)).toEqual([]);
});

test("a run that is being stopped when its host is removed holds its agent until its lease is over", async () => {
  const { town, far, run } = await aRunFarAway();
  await tamper(town, "UPDATE attempts SET state = 'stopping'");
  await tamper(town, "UPDATE agents SET status = 'stopping', bead_id = NULL");
  await tamper(town, "UPDATE beads SET status = 'open', agent_id = NULL");
  await call("DELETE", at(town, "/hosts/far"));
  expect(await far.tell(run, lost)).toMatchObject({ verdict: "fenced" });
  expect(await rows(town)).toMatchObject({ agents: [{ status: "stopping" }], attempts: [{ state: "stopping" }] });
  await tamper(town, "UPDATE attempts SET lease_until_ms = 1");
  await alarm(town);
  expect(await rows(town)).toMatchObject({ attempts: [{ state: "stopped" }, { fence: 2, hostId: "near" }] });
});
