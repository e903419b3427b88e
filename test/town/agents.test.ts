/** How an agent is said to be run, what is found of it beforehand, and what it uses. */
import { expect, test } from "vitest";
import { call, json } from "./http.ts";
import { anAgent, aTown, beads, HEAD, ok, quiet, type TestTown, tamper } from "./town.ts";

const agentOf = async ({ client }: TestTown, id: string) =>
  ok(await client().query("list-agents", {})).items.find((agent) => agent.id === id);
const worker = { rig: "lib", role: "worker", env: {}, maxRunMs: 60_000 };

test("a preset makes the command, shares its provider, and can be changed bit by bit", async () => {
  const town = await aTown();
  ok(
    await town.client().execute("add-agent", { id: "ada", ...worker, preset: "claude", model: "opus", maxCostUsd: 2 }),
  );
  expect(await agentOf(town, "ada")).toMatchObject({
    ...{ preset: "claude", driver: "exec", model: "opus", maxCostUsd: 2, provider: "anthropic" },
    command: expect.arrayContaining(["claude", "--model", "opus", "--max-budget-usd", "2"]),
  });
  ok(await town.client().execute("change-agent", { agent: "ada", model: "sonnet" }));
  expect(await agentOf(town, "ada")).toMatchObject({ preset: "claude", model: "sonnet", maxCostUsd: 2 });
  ok(await town.client().execute("change-agent", { agent: "ada", driver: "acp" }));
  expect(await agentOf(town, "ada")).toMatchObject({ command: ["claude-agent-acp"], model: "sonnet" });
  ok(await town.client().execute("change-agent", { agent: "ada", preset: "codex", maxTokens: 1_000 }));
  expect(await agentOf(town, "ada")).toMatchObject({
    preset: "codex",
    model: null,
    maxCostUsd: null,
    maxTokens: 1_000,
  });
  ok(await town.client().execute("change-agent", { agent: "ada", command: ["accept"] }));
  expect(await agentOf(town, "ada")).toMatchObject({ preset: "exec", command: ["accept"] });
});

test.each([
  [{}, "no_command"],
  [{ preset: "exec" as const }, "no_command"],
  [{ command: ["x"], model: "m" }, "options_misfit"],
  [{ preset: "codex" as const, maxCostUsd: 1 }, "options_misfit"],
  [{ preset: "codex" as const, driver: "acp" as const, maxCostUsd: 1 }, "options_misfit"],
  [{ preset: "gemini" as const, driver: "acp" as const, maxTokens: 1 }, "options_misfit"],
  [{ preset: "claude" as const, resume: true }, "options_misfit"],
  [{ preset: "opencode" as const, driver: "acp" as const, resume: true }, "options_misfit"],
])("%j is refused: %s", async (asked, code) => {
  const town = await aTown();
  const answer = await town.client().execute("add-agent", { id: "ada", ...worker, ...asked });
  expect(answer).toMatchObject({ ok: false, problem: { status: 422, code } });
});

test("a tool by a command of one's own is read as its preset says", async () => {
  const town = await aTown();
  ok(
    await town.client().execute("add-agent", {
      ...{ id: "ada", ...worker, preset: "opencode", command: ["/opt/opencode", "acp"], driver: "acp" },
    }),
  );
  expect(await agentOf(town, "ada")).toMatchObject({
    preset: "opencode",
    driver: "acp",
    command: ["/opt/opencode", "acp"],
  });
});

test("an agent with a preset begins once its host has found it well", async () => {
  const town = await aTown();
  const [bead] = await beads(town, { title: "Work" });
  const added = ok(
    await town.client().execute("add-agent", { id: "ada", ...worker, preset: "opencode", command: ["accept"] }),
  );
  expect(added).toMatchObject({ status: "idle", preflight: { state: "pending" } });
  await expect.poll(async () => (await agentOf(town, "ada"))?.preflight?.state).toBe("passed");
  await quiet(town);
  expect(await agentOf(town, "ada")).toMatchObject({ bead, status: expect.stringMatching(/starting|working/) });
});

test("a failed preflight is a gate with a way out, and ends by itself", async () => {
  const town = await aTown();
  const [bead = ""] = await beads(town, { title: "Work" });
  ok(
    await town.client().execute("add-agent", { id: "ada", ...worker, preset: "opencode", command: ["accept+missing"] }),
  );
  await expect.poll(async () => (await agentOf(town, "ada"))?.preflight?.state).toBe("failed");
  const why = ok(await town.client().query("explain-bead", { bead }));
  expect(why.gates.find(({ ok }) => !ok)).toMatchObject({
    gate: "preflight",
    why: expect.stringContaining("ada: its preflight failed: command: accept+missing is not here"),
    until: expect.any(String),
  });
  expect(why.unblock?.request).toBe(`POST /v1/towns/${town.name}/agents/ada/preflight`);
  const { items } = ok(await town.client().query("read-attention", {}));
  expect(items.map(({ kind }) => kind)).toContain("agent_trouble");
  // However old the result is, it keeps nobody from work for longer than it says.
  await tamper(town, "UPDATE agents SET not_before_ms = 1");
  ok(await town.stub().reconcile());
  await quiet(town);
  expect(ok(await town.client().query("list-attempts", { limit: 10 })).items).toHaveLength(1);
});

test("a preflight on request mends what the last one found, and only that", async () => {
  const town = await aTown();
  ok(
    await town.client().execute("add-agent", { id: "ada", ...worker, preset: "opencode", command: ["accept+missing"] }),
  );
  await expect.poll(async () => (await agentOf(town, "ada"))?.preflight?.state).toBe("failed");
  ok(await town.client().execute("preflight-agent", { agent: "ada", call: false }));
  expect(await agentOf(town, "ada")).toMatchObject({ troubles: 1, preflight: { state: "failed" } });
  ok(await town.client().execute("change-agent", { agent: "ada", preset: "opencode", command: ["accept"] }));
  await expect.poll(async () => (await agentOf(town, "ada"))?.preflight?.state).toBe("passed");
  expect(await agentOf(town, "ada")).toMatchObject({ trouble: null, troubles: 0, notBeforeAt: null });
  expect(await town.client().execute("preflight-agent", { agent: "bob", call: false })).toMatchObject({
    ok: false,
    problem: { status: 404 },
  });
});

test("a call of the model's is made only where it is asked for", async () => {
  const town = await aTown();
  await anAgent(town, "ada", "accept");
  const names = async (call = false) =>
    ok(await town.client().execute("preflight-agent", { agent: "ada", call })).preflight?.checks.map(
      ({ name }) => name,
    );
  expect(await names()).toEqual(["command"]);
  expect(await names(true)).toEqual(["command", "model"]);
});

test("a host that can't be asked keeps nobody from work", async () => {
  const town = await aTown();
  await anAgent(town, "ada", "reject");
  expect(ok(await town.client().execute("preflight-agent", { agent: "ada", call: false }))).toMatchObject({
    preflight: { state: "unknown" },
    trouble: null,
  });
});

test("what a run used and did is kept with its attempt", async () => {
  const town = await aTown();
  await anAgent(town, "ada", "accept");
  const [bead = ""] = await beads(town, { title: "Work" });
  await quiet(town);
  const base = { agent: "ada", bead, fence: 1 };
  const tell = (report: object, seq: number) =>
    town.stub().report({ protocol: 1, bootId: "b", reports: [{ ...base, seq, ...report } as never] });
  const plan = [{ text: "Write it", status: "in_progress" }];
  ok(await tell({ kind: "progress", message: "a plan", step: { plan } }, 1));
  ok(await tell({ kind: "progress", message: "ls", step: { tool: { title: "ls", status: "completed" } } }, 2));
  const usage = { inputTokens: 10, outputTokens: 2, cachedTokens: 0, costUsd: 0.5 };
  ok(await tell({ kind: "finished", head: HEAD, outputTail: "", usage }, 3));
  const run = ok(await town.client().query("list-attempts", { limit: 10 })).items.find(({ kind }) => kind === "run");
  expect(run).toMatchObject({ usage, step: { plan, tool: { title: "ls", status: "completed" } }, progress: "ls" });
});

test("what a tool can't tell of what it uses is said when it is registered", async () => {
  const town = await aTown();
  const at = `/v1/towns/${town.name}/agents`;
  const tells = async (id: string, how: object) =>
    (await json(await call("POST", at, { id, rig: "lib", ...how }))).tells;
  expect(await tells("ada", { preset: "claude" })).toEqual({ tokens: "step", cost: "turn" });
  expect(await tells("bob", { preset: "codex" })).toEqual({ tokens: "turn", cost: "never" });
  expect(await tells("cleo", { preset: "gemini", driver: "acp" })).toEqual({ tokens: "never", cost: "never" });
  expect(await tells("dan", { command: ["x"] })).toBeNull();
});
