/** The gates that trouble shuts: a host's breaker and a provider's limit, and what opens them. */
import { expect, test } from "vitest";
import { get, post, why } from "./gates-scene.ts";
import {
  alarm,
  anAgent,
  asked,
  aTown,
  beads,
  failed,
  heartbeat,
  quiet,
  reports,
  rows,
  tamper,
  timePasses,
  violations,
} from "./town.ts";

test("the host's breaker: it opens for several beads, lets one through, and closes at the first sign of life", async () => {
  const town = await aTown({ held: true, settings: { backoffBaseMs: 1, backoffCapMs: 1, breakerAfter: 3 } });
  for (const id of ["ada", "bob"]) await anAgent(town, id, "reject");
  await beads(town, { title: "one" }, { title: "two" });
  await quiet(town);
  await timePasses(town);
  await alarm(town);
  const open = await get(town, "");
  expect(open.breaker).toMatchObject({ open: true, failure: { kind: "unreachable" } });
  const tries = (await asked(town)).length;
  await timePasses(town);
  await alarm(town);
  expect((await asked(town)).length).toBe(tries);
  expect(await why(town, "lib-1")).toMatchObject({
    gate: "breaker",
    nextLookAt: open.breaker.nextTryAt,
    request: `POST /v1/towns/${town.name}/breaker/close`,
  });
  expect(await get(town, "/health")).toMatchObject({ verdict: "spinning", evidence: { gate: "breaker" } });
  await tamper(town, "UPDATE agents SET command = '[\"accept\"]'");
  await tamper(town, "UPDATE town SET breaker = json_set(breaker, '$.openUntilMs', 1), next_wake_at_ms = 1");
  await alarm(town);
  expect((await asked(town)).length).toBe(tries + 1);
  const fence = (await rows(town)).town?.lastFence as number;
  await timePasses(town);
  await alarm(town);
  expect((await asked(town)).length).toBe(tries + 1);
  await reports(town, fence, heartbeat);
  expect((await get(town, "")).breaker).toBeNull();
  expect((await asked(town)).length).toBe(tries + 2);
  expect(await post(town, "/breaker/close")).toMatchObject({ status: 409, code: "breaker_not_open" });
});

test("one bead that can't start opens no breaker", async () => {
  const town = await aTown({ held: true, settings: { backoffBaseMs: 1, backoffCapMs: 1, breakerAfter: 1 } });
  await anAgent(town, "ada", "reject");
  await beads(town, { title: "one" });
  for (let n = 0; n < 5; n++) {
    await timePasses(town);
    await alarm(town);
  }
  expect((await get(town, "")).breaker).toMatchObject({ open: false });
});

test("a provider's limit is its agents' once a second bead has met it; a person can say that it is well", async () => {
  const town = await aTown({ held: true, settings: { backoffBaseMs: 1 } });
  await anAgent(town, "ada", "accept", { provider: "acme" });
  await beads(town, { title: "one" });
  await quiet(town);
  await reports(town, 1, failed("provider_limited", 3_600_000));
  await anAgent(town, "bob", "accept", { provider: "acme" });
  await alarm(town);
  // Nobody of that provider is given the same again, and anybody may have another.
  expect(await get(town, "/providers")).toMatchObject({
    items: [{ id: "acme", troubles: 0, doubts: [{ bead: "lib-1", agent: "ada", kind: "provider_limited" }] }],
  });
  expect((await asked(town)).length).toBe(1);
  expect(await why(town, "lib-1")).toMatchObject({
    gate: "agent",
    request: `POST /v1/towns/${town.name}/beads/lib-1/retry`,
  });
  await beads(town, { title: "two" });
  await quiet(town);
  await beads(town, { title: "three" });
  await quiet(town);
  const others = (await rows(town)).attempts.slice(1);
  expect(others.map(({ beadId, agentId }) => [agentId, beadId])).toEqual([
    ["ada", "lib-2"],
    ["bob", "lib-3"],
  ]);
  const second = others.find(({ agentId }) => agentId === "bob")?.fence ?? 0;
  await reports(town, second, failed("provider_limited", 3_600_000));
  expect(await get(town, "/providers")).toMatchObject({
    items: [{ id: "acme", troubles: 1, trouble: { kind: "provider_limited" }, doubts: [] }],
  });
  expect((await rows(town)).agents.filter(({ notBeforeMs }) => notBeforeMs > Date.now() + 3_000_000)).toHaveLength(2);
  await anAgent(town, "cyd", "accept", { provider: "other" });
  await alarm(town);
  expect((await asked(town)).at(-1)).toMatchObject({ agent: "cyd" });
  expect(await post(town, "/providers/acme/retry")).toMatchObject({ status: 200, id: "acme" });
  await alarm(town);
  expect((await asked(town)).length).toBe(5);
  expect(await post(town, "/providers/acme/retry")).toMatchObject({ status: 409, code: "nothing_to_retry" });
  expect(await violations(town)).toEqual([]);
});
