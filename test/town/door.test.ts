/** What a host may answer, true or false, long or odd: what the town makes of it, and what it costs nobody else. */
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { BOOT, isWell, says, told } from "./door-scene.ts";
import type { Said } from "./scripted-host.ts";
import { anAgent, asked, aTown, beads, failed, keepsEverything, quiet, reports, rows } from "./town.ts";

const DAY_MS = 86_400_000;

const no = (more: object = {}) => ({ accepted: false, bootId: BOOT, code: "drill", message: "no", ...more });

test.each<[string, Said, object]>([
  ["a refusal of 5 MB", { status: 409, body: no(), more: 5_000_000 }, { kind: "unreachable", code: "too_large" }],
  [
    "an agreement of 3 MB",
    { status: 202, body: { accepted: true, bootId: BOOT }, more: 3_000_000 },
    { kind: "unreachable", code: "too_large" },
  ],
  [
    "an error of 5 MB",
    { status: 500, body: "a proxy's page", more: 5_000_000 },
    { kind: "unreachable", code: "too_large" },
  ],
  ["an answer without an end", { status: 202, body: "{", endless: true }, { kind: "unreachable", code: "too_large" }],
  ["400 MB, compressed", { status: 409, body: no(), gzip: 400_000_000 }, { kind: "unreachable", code: "too_large" }],
  ["a refusal of 60 kB", { status: 409, body: no(), more: 60_000 }, { kind: "refused", code: "drill" }],
  [
    "a code of 10 kB",
    { status: 409, body: no({ code: "c".repeat(3_000) }) },
    { kind: "refused", code: `${"c".repeat(59)}…` },
  ],
  [
    "a code that is no text",
    { status: 409, body: no({ code: { toString: 1 } }) },
    { kind: "refused", code: "refused" },
  ],
  ["a message that is no text", { status: 409, body: no({ message: [1] }) }, { kind: "refused", code: "drill" }],
  [
    "half a character and a NUL",
    { status: 409, body: no({ message: "\ud800 \0" }) },
    { kind: "refused", message: "\ufffd " },
  ],
  ["no boot", { status: 409, body: { accepted: false } }, { kind: "unreachable", code: "rejected" }],
  ["an answer that is no object", { status: 200, body: [true] }, { kind: "unreachable", code: "rejected" }],
  [
    "JSON of great depth",
    { status: 202, body: `${"[".repeat(1_500)}${"]".repeat(1_500)}` },
    { kind: "unreachable", code: "rejected" },
  ],
  ["nothing, with 204", { status: 204 }, { kind: "unreachable", code: "rejected" }],
  [
    "an agreement with 418",
    { status: 418, body: { accepted: true, bootId: BOOT } },
    { kind: "unreachable", code: "rejected" },
  ],
])("a host says %s: its start is rolled back, and all else is as it was", async (_what, said, failure) => {
  const town = await told(said);
  const after = await rows(town);
  expect(after).toMatchObject({
    agents: [{ status: "idle", beadId: "lib-1" }],
    attempts: [{ state: "released", failure }],
    beads: [{ status: "in_progress", failures: 0, dispatchFailures: 1, lastFailure: failure }],
  });
  expect(after.attempts[0]?.failure?.message.length).toBeLessThanOrEqual(2_000);
  await isWell(town);
});

test("what is cut off says so", async () => {
  const town = await told({ status: 409, body: no(), more: 60_000 });
  expect((await rows(town)).attempts[0]?.failure?.message).toMatch(/^nox+…$/);
});

test("a boot of any length fits the journal", async () => {
  const town = await told({ status: 202, body: { accepted: true, bootId: "b".repeat(2_000) } });
  expect((await rows(town)).attempts).toMatchObject([{ state: "running", hostBootId: `${"b".repeat(99)}…` }]);
  await isWell(town);
});

test.each([301, 302, 303, 307, 308])(
  "a redirect (%i) is not followed: whoever it names hears nothing, and the host is unreachable",
  async (status) => {
    const town = await aTown({ settings: keepsEverything });
    await says(town, "ada", { status, headers: { location: `${env.HOST_URL}/elsewhere?town=${town.name}` } });
    await beads(town, { title: "one" });
    await quiet(town);
    expect((await asked(town)).map(({ how }) => how)).toEqual(["say"]);
    const [attempt] = (await rows(town)).attempts;
    expect(attempt).toMatchObject({ state: "released", failure: { kind: "unreachable", code: "redirected" } });
    expect(attempt?.failure?.message).toContain("a redirect to http://127.0.0.1");
    await isWell(town);
  },
);

test.each<[string, Said, number, number]>([
  [
    "in seconds, without a word of ours",
    { status: 503, body: "busy", headers: { "retry-after": "70" } },
    70_000,
    75_000,
  ],
  ["in seconds, with a refusal", { status: 409, body: no(), headers: { "retry-after": "80" } }, 80_000, 85_000],
  [
    "the body comes first",
    { status: 409, body: no({ retryAfterMs: 90_000 }), headers: { "retry-after": "70" } },
    90_000,
    95_000,
  ],
  ["as what is no time", { status: 409, body: no(), headers: { "retry-after": "5.5 bananas" } }, 0, 65_000],
  [
    "as a date long past",
    { status: 409, body: no(), headers: { "retry-after": "Wed, 21 Oct 2015 07:28:00 GMT" } },
    0,
    65_000,
  ],
  ["as an eternity", { status: 409, body: no({ retryAfterMs: 1e300 }) }, 110_000, 125_000],
  ["below nothing", { status: 409, body: no({ retryAfterMs: -1e300 }) }, 0, 65_000],
  ["as a text", { status: 409, body: no({ retryAfterMs: "soon" }) }, 0, 65_000],
])("a host asks for patience %s", async (_what, said, leastMs, mostMs) => {
  const beforeMs = Date.now();
  const town = await told(said, { backoffCapMs: 120_000 });
  const notBeforeMs = (await rows(town)).beads[0]?.notBeforeMs ?? 0;
  expect(notBeforeMs).toBeGreaterThanOrEqual(beforeMs + leastMs);
  expect(notBeforeMs).toBeLessThan(beforeMs + mostMs + 20_000);
  expect(Number.isInteger(notBeforeMs)).toBe(true);
  await isWell(town);
});

test("a date of HTTP asks for patience until then", async () => {
  const atMs = Math.ceil(Date.now() / 1_000) * 1_000 + 90_000;
  const said = { status: 429, body: "slow down", headers: { "retry-after": new Date(atMs).toUTCString() } };
  const notBeforeMs = (await rows(await told(said, { backoffCapMs: 120_000 }))).beads[0]?.notBeforeMs ?? 0;
  expect(notBeforeMs).toBeGreaterThanOrEqual(atMs - 1_000);
});

test.each([0, 0.3, -1e300, 1e300, 5e-324, Number.MAX_SAFE_INTEGER])(
  "a provider's reset in %d ms leaves rows that can be read",
  async (retryAfterMs) => {
    const town = await aTown({ settings: keepsEverything });
    await anAgent(town, "ada", "accept", { provider: "acme" });
    await beads(town, { title: "one" });
    await quiet(town);
    const beforeMs = Date.now();
    await reports(town, 1, failed("provider_limited", retryAfterMs));
    const notBeforeMs = (await rows(town)).agents[0]?.doubts?.[0]?.untilMs ?? 0;
    expect(notBeforeMs).toBeGreaterThanOrEqual(beforeMs);
    expect(notBeforeMs).toBeLessThanOrEqual(Date.now() + 8 * DAY_MS + 1_000);
    expect(Number.isInteger(notBeforeMs)).toBe(true);
    await isWell(town);
  },
);
