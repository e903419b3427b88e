/**
 * An hour of which the town has nothing to tell. The page's clock is moved on. The Worker's can't be, so the two things that it does by its
 * own clock alone are done to the stream by the page's: a sign each 20 seconds, and an end after a quarter of an hour (docs/stream.md).
 */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { launch, type Opened, open } from "./browser.ts";
import { aTown, type Stage, setStage, TOKEN } from "./stage.ts";

const MINUTE = 60_000;
/** Shorter than the page waits before it says that nothing answers: what is asked for is answered before the clock goes on. */
const STEP_MS = 4_000;

let stage: Stage;
let browser: Browser;

beforeAll(async () => {
  [stage, browser] = await Promise.all([setStage(), launch()]);
});
afterAll(async () => {
  await browser?.close();
  await stage?.close();
});

/** Runs in the page, before anything of it. */
function signByItsClock(): void {
  const fetched = globalThis.fetch;
  globalThis.fetch = async (...asked) => {
    const response = await fetched(...asked);
    if (!String(asked[0]).includes("/stream") || !response.body) return response;
    let signs: ReturnType<typeof setInterval>;
    let left = 45;
    const signed = new TransformStream<Uint8Array, Uint8Array>({
      start(stream) {
        signs = setInterval(() => {
          if (--left > 0) return stream.enqueue(new TextEncoder().encode(":\n\n"));
          clearInterval(signs);
          stream.terminate();
        }, 20_000);
      },
    });
    response.body.pipeTo(signed.writable).catch(() => clearInterval(signs));
    return new Response(signed.readable, response);
  };
}

const show = (town: string) =>
  open(browser, { url: stage.url, token: TOKEN, path: `/t/${town}`, clock: true, script: signByItsClock });

/** Moves the page's clock on, and lets it hear what it asked for meanwhile. @returns the verdicts that it showed */
async function pass({ page, isAnswered }: Opened, ms: number): Promise<string[]> {
  const shown = new Set<string>();
  for (let passedMs = 0; passedMs < ms; passedMs += STEP_MS) {
    await page.clock.runFor(STEP_MS);
    await vi.waitFor(() => expect(isAnswered()).toBe(true), { timeout: 50_000 });
    shown.add(await page.locator(".top .chip").innerText());
  }
  return [...shown];
}

const whatTownDid = async (town: string) => {
  const { lastPollStartedAt, nextWakeAt } = await stage.send("GET", `/v1/towns/${town}/health`);
  const { items } = await stage.send("GET", `/v1/towns/${town}/ticks`);
  return {
    lastPollStartedAt,
    nextWakeAt,
    ticks: (items as unknown[]).length,
    alarms: await stage.test({ town, alarms: true }),
  };
};

test("an hour over an idle town: at most a request a minute, no tick and no alarm", async () => {
  const town = "idle";
  await aTown(stage, town);
  await stage.send("PATCH", `/v1/towns/${town}`, { paused: null });
  const opened = await show(town);
  const { page, asked, complaints } = opened;
  await page.locator(".figures").waitFor();
  // What comes late of the beginning is no part of the hour.
  await pass(opened, MINUTE);
  const before = { town: await whatTownDid(town), asked: asked.length };
  expect(before.town).toMatchObject({ nextWakeAt: null, alarms: { at: null, rung: 0 } });
  expect(await pass(opened, 60 * MINUTE)).toEqual(["idle"]);
  const inTheHour = asked.slice(before.asked);
  console.log(`an idle hour: ${inTheHour.length} requests`);
  expect(inTheHour.length, inTheHour.join(", ")).toBeLessThanOrEqual(60);
  expect(await whatTownDid(town)).toEqual(before.town);
  expect(complaints).toEqual([]);
  await page.context().close();
}, 240_000);

test("a tick that hangs together with its storage: by the clock alone it is unknown once it would be wedged, and never green after", async () => {
  const town = "hangs";
  await aTown(stage, town, { startDeadlineMs: 1_000, pollStaleThresholdMs: 60_000 });
  await stage.test({
    town,
    held: true,
    sql: "UPDATE town SET paused = NULL, poll_started_at_ms = ?",
    bindings: [Date.now()],
  });
  const { page } = await show(town);
  await page.locator(".top .chip").getByText("idle").waitFor();
  await stage.test({ town, hangs: true });
  await page.clock.runFor(2 * MINUTE);
  await page.locator(".banner.lost").waitFor();
  expect(await page.locator(".top .chip").innerText()).toBe("unknown");
  expect(await page.locator(".banner.red, .ok").count()).toBe(0);
  await stage.test({ town, hangs: false });
  await page.context().close();
});
