import { expect, test } from "vitest";
import { failureOfExit, retryAfterMs } from "../../host/exit-meaning.ts";
import { agent, makeHost, makeRepository, makeTown, startOf } from "./support.ts";

const now = Date.parse("2030-01-01T00:00:00Z");

test.each([
  ["retry-after: 90", 90_000],
  ["Retry-After: 1.5", 1_500],
  ["HTTP 429, RETRY-AFTER:30.", 30_000],
  ["retry-after: 2030-01-01T00:10:00Z", 600_000],
  ["retry-after: 2030-01-01T02:10:00+02:00", 600_000],
  ["retry-after: Tue, 01 Jan 2030 00:10:00 GMT", 600_000],
  ["retry-after: 2029-12-31T00:00:00Z", undefined],
  ["retry-after: 9999999", 8 * 86_400_000],
  ["retry-after: 2031-01-01T00:00:00Z", 8 * 86_400_000],
  ["retry-after: 5\nretry-after: 7\nsorry", 7_000],
  ["retry-after: 5\nretry-after: soon", 5_000],
  [`retry-after: 5\n${"chatter\n".repeat(30)}`, undefined],
  ["retry-after: -5", undefined],
  ["retry-after: 2030-99-99", undefined],
  ["no word of it", undefined],
])("%j asks for a pause of %s ms", (tail, waitMs) => {
  expect(retryAfterMs(tail, now)).toBe(waitMs);
});

test("exit codes say whose fault it was", () => {
  const kindOf = (code: number) => failureOfExit({ code, signal: null }, "", now).failure;
  expect([75, 77, 1, 2, 76, 78, 126, 127].map(kindOf)).toEqual([
    "provider_limited",
    "auth",
    ...["agent_failed", "agent_failed", "agent_failed", "agent_failed", "agent_failed", "agent_failed"],
  ]);
  expect(failureOfExit({ code: 127, signal: null }, "", now).message).toMatch(/not found on this host/);
});

test("an agent that its provider limits says so by exit code 75, and until when", async () => {
  const [repository, town, host] = [makeRepository(), await makeTown(), await makeHost()];
  const command = agent(`console.error("429 Too Many Requests\\nRetry-After: 120"); process.exit(75);`);
  await host.start(startOf(town, repository.url, { command }));
  expect(await town.last(1)).toMatchObject({
    ...{ kind: "failed", failure: "provider_limited", code: "provider_limited", retryAfterMs: 120_000 },
    message: expect.stringMatching(/code 75.*raise the provider's limit.*Too Many Requests/),
  });
});

test("an agent that is not let in says so by exit code 77", async () => {
  const [repository, town, host] = [makeRepository(), await makeTown(), await makeHost()];
  await host.start(startOf(town, repository.url, { command: agent(`console.error("bad key"); process.exit(77);`) }));
  const last = await town.last(1);
  expect(last).toMatchObject({ failure: "auth", code: "auth", message: expect.stringMatching(/Log it in.*bad key/) });
  expect(last).not.toHaveProperty("retryAfterMs");
});
