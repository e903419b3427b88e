/** What is on record of a town's ticks and incidents, and its metrics. */
import { runInDurableObject } from "cloudflare:test";
import { expect, test } from "vitest";
import { ago, at, breaks, busyTown, get, hearLog, patch } from "./health-scene.ts";
import { call, json } from "./http.ts";
import {
  alarm,
  anAgent,
  aTown,
  beads,
  failed,
  finished,
  heartbeat,
  quiet,
  reports,
  rows,
  tamper,
  timePasses,
} from "./town.ts";

hearLog();

test("the history has the ticks in which something happened: what was planned, asked and answered", async () => {
  const town = await busyTown("accept");
  await quiet(town);
  const before = (await get(town, "/ticks")).items;
  expect(await reports(town, 1, heartbeat)).toBe("ok");
  expect((await get(town, "/ticks")).items).toEqual(before);
  const dispatched = before.find(({ launched }: { launched: unknown[] }) => launched.length > 0);
  expect(dispatched).toMatchObject({
    facts: { beads_created: 1 },
    actions: [{ action: "dispatch_agent", target: "lib-1", outcome: "applied" }],
    launched: [{ action: "dispatch_agent", fence: 1 }],
    error: null,
    durationMs: expect.any(Number),
    startedAt: expect.any(String),
    completedAt: expect.any(String),
  });
  expect(dispatched.rowsRead).toBeGreaterThan(0);
  expect(dispatched.rowsWritten).toBeGreaterThan(0);
  expect(before[0]).toMatchObject({ settled: [{ action: "dispatch_agent", fence: 1, outcome: "accepted" }] });
});

test("an action that was refused is on record with the reason", async () => {
  const town = await aTown();
  await anAgent(town, "ada", "accept");
  await breaks(town, "lib-1");
  await beads(town, { title: "cursed" });
  const { items } = await get(town, "/ticks?limit=1");
  expect(items[0].actions).toMatchObject([
    { target: "lib-1", outcome: "failed", why: expect.stringMatching(/cursed/) },
  ]);
});

test("ticks and incidents come in pages, newest first, each once", async () => {
  const town = await aTown();
  await anAgent(town, "ada", "accept");
  for (let n = 0; n < 3; n++) {
    await patch(town, "/agents/ada", { enabled: false });
    if (n === 0) await beads(town, { title: "one" });
    await patch(town, "/agents/ada", { enabled: true });
    await reports(town, n + 1, failed("lost"));
    await timePasses(town);
    await tamper(town, "UPDATE agents SET bead_id = NULL");
    await tamper(town, "UPDATE beads SET status = 'open', agent_id = NULL");
  }
  for (const path of ["/ticks", "/incidents"]) {
    const all = (await get(town, `${path}?limit=200`)).items;
    expect(all.length).toBeGreaterThan(2);
    const paged: unknown[] = [];
    let cursor: string | null = "";
    while (cursor !== null) {
      const page = await get(town, `${path}?limit=2${cursor && `&cursor=${cursor}`}`);
      expect(page.items.length).toBeLessThanOrEqual(2);
      paged.push(...page.items);
      cursor = page.nextCursor;
    }
    expect(paged).toEqual(all);
    const numbers = all.map(({ tick, id }: { tick?: number; id?: number }) => tick ?? id ?? 0);
    expect(numbers).toEqual(numbers.toSorted((a: number, b: number) => b - a));
  }
});

test("the last 500 eventful ticks are kept, whatever number of heartbeats lies between them", async () => {
  const town = await busyTown("accept");
  await quiet(town);
  const record = JSON.stringify({ latenessMs: null, facts: {}, actions: [], launched: [], settled: [], error: null });
  await tamper(
    town,
    `INSERT INTO ticks (tick, started_at_ms, completed_at_ms, record)
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 700) SELECT 100 + 10 * i, 1, 1, ? FROM n`,
    record,
  );
  await tamper(town, "UPDATE town SET ticks = 9000");
  for (let n = 0; n < 60; n++) await patch(town, "/agents/agent-1", { enabled: n % 2 === 1 });
  const kept = await runInDurableObject(town.stub(), (_town, { storage }) =>
    storage.sql.exec<{ n: number }>("SELECT count(*) AS n FROM ticks").one(),
  );
  expect(kept.n).toBeGreaterThanOrEqual(500);
  expect(kept.n).toBeLessThan(550);
});

/** Families as a scraper sees them, and that it would take them. */
function parsed(
  text: string,
): Map<string, { type: string; samples: { name: string; labels: string; value: number }[] }> {
  expect(text.endsWith("\n# EOF\n")).toBe(true);
  const families = new Map<string, { type: string; samples: { name: string; labels: string; value: number }[] }>();
  let current = "";
  for (const line of text.split("\n").slice(0, -2)) {
    const type = /^# TYPE (\S+) (counter|gauge|histogram)$/.exec(line);
    if (type) {
      current = type[1] as string;
      expect(families.has(current)).toBe(false); // each family stands together
      families.set(current, { type: type[2] as string, samples: [] });
      continue;
    }
    if (line.startsWith("# ")) {
      expect(line).toMatch(new RegExp(`^# (HELP|UNIT) ${current} \\S`));
      continue;
    }
    const label = String.raw`[a-z_]+="(?:[^"\\\n]|\\["\\n])*"`;
    const sample = new RegExp(String.raw`^([a-z_]+)\{(${label}(?:,${label})*)\} (-?[0-9.e+-]+)$`).exec(line);
    expect(sample, line).not.toBeNull();
    const [, name = "", labels = "", value] = sample ?? [];
    const family = families.get(current);
    const suffixes = { counter: ["_total"], gauge: [""], histogram: ["_bucket", "_count", "_sum"] }[family?.type ?? ""];
    expect(suffixes?.map((suffix) => current + suffix)).toContain(name);
    family?.samples.push({ name, labels, value: Number(value) });
  }
  return families;
}

const textOf = async (response: Response) => new TextDecoder().decode(await response.arrayBuffer());

test("metrics are OpenMetrics text that says how the town is doing", async () => {
  const town = await busyTown("accept", 1, 2);
  await quiet(town);
  await tamper(town, "UPDATE town SET next_wake_at_ms = ?", ago(2_000));
  await alarm(town);
  await reports(town, 1, finished);
  await reports(town, 3, failed());
  await patch(town, "/agents/agent-1", { enabled: false });
  await timePasses(town);
  await alarm(town);
  const answer = await call("GET", at(town, "/metrics"));
  expect(answer.headers.get("content-type")).toContain("application/openmetrics-text");
  const families = parsed(await textOf(answer));
  const value = (name: string, ...labels: string[]) =>
    families.get(`townkeeper_${name}`)?.samples.find((sample) => labels.every((label) => sample.labels.includes(label)))
      ?.value;
  expect(value("ticks")).toBe((await rows(town)).town?.ticks);
  expect(value("actions", `action="dispatch_agent"`, `outcome="applied"`)).toBe(2);
  expect(value("effects", `action="dispatch_agent"`, `outcome="accepted"`)).toBe(2);
  expect(value("attempts", `kind="run"`, `outcome="finished"`)).toBe(1);
  expect(value("attempts", `kind="run"`, `outcome="failed"`)).toBe(1);
  expect(value("queue_beads", `gate="agent"`)).toBe(1);
  expect(value("queue_beads", `gate="landing"`)).toBe(1);
  expect(value("oldest_ready_age_seconds")).toBeGreaterThanOrEqual(0);
  expect(value("incidents")).toBe(1);
  expect(value("incident_open", `kind="stuck"`)).toBe(1);
  expect(value("incident_open", `kind="stale"`)).toBe(0);
  expect(value("verdict", `verdict="starved"`)).toBe(1);
  for (const name of ["tick_lateness_seconds", "tick_duration_seconds"]) {
    const samples = families.get(`townkeeper_${name}`)?.samples ?? [];
    const buckets = samples.filter((sample) => sample.name.endsWith("_bucket")).map((sample) => sample.value);
    expect(buckets).toEqual(buckets.toSorted((a, b) => a - b));
    expect(samples.find((sample) => sample.name.endsWith("_count"))?.value).toBe(buckets.at(-1));
    expect(buckets.at(-1)).toBeGreaterThan(0);
  }
});

test("whatever a label says, it is escaped", async () => {
  const town = await aTown();
  await tamper(town, "UPDATE town SET name = ?", 'a "b" \\ c\nd');
  const text = await textOf(await call("GET", at(town, "/metrics")));
  parsed(text);
  expect(text).toContain('town="a \\"b\\" \\\\ c\\nd"');
});

test.each([
  ["PATCH", "", "{not json", 400, "invalid_json", "JSON"],
  ["PATCH", "", { pause: true }, 422, "invalid_input", "pause"],
  ["PATCH", "", { paused: true }, 422, "invalid_input", "paused"],
  ["PATCH", "", { paused: {} }, 422, "invalid_input", "paused.why"],
  ["PATCH", "", { paused: { why: " " } }, 422, "invalid_input", "paused.why"],
  ["PATCH", "", { paused: { why: "x", until: "tomorrow" } }, 422, "invalid_input", "paused.until"],
  ["PATCH", "", { paused: { why: "x", until: "2001-01-01T00:00:00Z" } }, 422, "until_passed", "2001"],
  ["PATCH", "", { draining: "yes" }, 422, "invalid_input", "draining"],
  ["PATCH", "", { settings: { heartbeatMs: 0 } }, 422, "invalid_input", "settings.heartbeatMs"],
  ["PATCH", "", { settings: { pollStaleThresholdMs: "1m" } }, 422, "invalid_input", "settings.pollStaleThresholdMs"],
  ["PATCH", "", { settings: { heartBeatMs: 1 } }, 422, "invalid_input", "heartBeatMs"],
  ["PATCH", "", { settings: { heartbeatMs: 60_000 } }, 422, "settings_contradict", "twice"],
  ["PATCH", "/agents/ada", { enabled: 1 }, 422, "invalid_input", "enabled"],
  ["PATCH", "/agents/nobody", { enabled: true }, 404, "agent_not_found", "nobody"],
  ["PATCH", "/agents/No%20One", { enabled: true }, 422, "invalid_input", "lower-case"],
  ["GET", "/incidents?limit=0", undefined, 422, "invalid_input", "limit"],
  ["GET", "/incidents?cursor=zzz", undefined, 422, "invalid_input", "nextCursor"],
  ["GET", "/incidents?kind=stuck", undefined, 422, "invalid_input", "kind"],
  ["GET", "/ticks?limit=many", undefined, 422, "invalid_input", "limit"],
  ["GET", "/ticks?cursor=c!", undefined, 422, "invalid_input", "nextCursor"],
  ["POST", "/reconcile?dryRun=yes", undefined, 422, "invalid_input", "dryRun"],
  ["POST", "/health", {}, 405, "method_not_allowed", "/health"],
] as const)("%s %s with %j is refused and says why", async (method, path, body, status, code, word) => {
  const town = await aTown();
  await anAgent(town, "ada", "accept");
  const before = await rows(town);
  const response = await call(method, at(town, path), body);
  expect(response.headers.get("content-type")).toContain("application/problem+json");
  const answer = await json(response);
  expect(answer).toMatchObject({ status, code });
  expect(JSON.stringify(answer)).toContain(word);
  expect(answer.hint).toMatch(/\S/);
  const after = await rows(town);
  const told = ({ town: row, agents }: typeof after) => ({ agents, paused: row?.paused, settings: row?.settings });
  expect(told(after)).toEqual(told(before));
});

test.each(["/health", "/metrics", "/incidents", "/ticks"])("GET %s of no town says so", async (path) => {
  const response = await call("GET", `/v1/towns/nowhere${path}`);
  expect(response.headers.get("content-type")).toContain("application/problem+json");
  expect(await json(response)).toMatchObject({
    status: 404,
    code: "town_not_found",
    hint: expect.stringMatching(/\S/),
  });
});
