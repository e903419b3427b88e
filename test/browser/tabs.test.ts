/** Many pages of one browser, which has six connections to a server: those that nobody looks at hold none. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { launch, open } from "./browser.ts";
import { aTown, type Stage, setStage, TOKEN } from "./stage.ts";

/** Ten times what a loaded machine takes; without an answer it was 20 to 30 s, and then never. */
const LIVE_MS = 15_000;

let stage: Stage;
let browser: Browser;

beforeAll(async () => {
  [stage, browser] = await Promise.all([setStage(), launch(["--disable-back-forward-cache"])]);
  await aTown(stage, "home");
});
afterAll(async () => {
  await browser?.close();
  await stage?.close();
});

const isLive = async (page: Page) => {
  await page.locator(".top .chip").getByText("paused").waitFor({ timeout: LIVE_MS });
  expect(await page.locator(".banner.lost").count()).toBe(0);
};

/** Runs in the page, before anything of it: what it asked for since it was left, and whether it came from the browser's own store. */
function noteLeaving(): void {
  const noted = { asked: [] as string[], left: false, isPersisted: false };
  Object.assign(globalThis, { noted });
  const fetched = globalThis.fetch;
  globalThis.fetch = (...asked) => {
    const isGivenUp = (asked[1] as RequestInit | undefined)?.signal?.aborted;
    if (noted.left && !isGivenUp) noted.asked.push(String(asked[0]));
    return fetched(...asked);
  };
  addEventListener("pagehide", () => {
    noted.left = true;
  });
  addEventListener("pageshow", ({ persisted }) => {
    noted.left = false;
    noted.isPersisted = persisted;
  });
}
const noted = (page: Page) =>
  page.evaluate(() => (globalThis as unknown as { noted: { asked: string[]; isPersisted: boolean } }).noted);

test("eight addresses one after another in one tab are each live, and so is one that is gone back to, with what happened meanwhile", async () => {
  const { page, complaints } = await open(browser, {
    ...{ url: stage.url, token: TOKEN, path: "/t/home", script: noteLeaving },
  });
  await isLive(page);
  for (const path of ["/board", "/review", "/loop", "/agents", "/convoys", "/settings", "", "/board"]) {
    await page.goto(`${stage.url}/t/home${path}`);
    await isLive(page);
  }
  await stage.send("POST", "/v1/towns/home/beads", { rig: "lib", title: "Made while it was put away" });
  // What comes from the browser's own store is loaded already.
  await page.goBack({ waitUntil: "commit" });
  expect((await noted(page)).isPersisted, "the browser keeps pages that were left").toBe(true);
  await isLive(page);
  expect((await noted(page)).asked).toEqual([]);
  await page.goForward({ waitUntil: "commit" });
  await isLive(page);
  await page.locator(".card").getByText("Made while it was put away").waitFor({ timeout: LIVE_MS });
  expect(complaints).toEqual([]);
  await page.context().close();
}, 240_000);

/** Runs in the page: it is looked at, or not. */
const look = (page: Page, hidden: boolean) =>
  page.evaluate((isHidden) => {
    Object.defineProperty(document, "hidden", { value: isHidden, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
  }, hidden);

test("a tab that is hidden for long lets go of its connection; shown again it is unknown since then until it is live", async () => {
  const { page, asked, complaints } = await open(browser, {
    ...{ url: stage.url, token: TOKEN, path: "/t/home", clock: true },
  });
  await isLive(page);
  const streams = () => asked.filter((address) => address.includes("/stream")).length;
  const ended: string[] = [];
  page.on("requestfailed", (request) => ended.push(request.url()));
  await look(page, true);
  await page.clock.runFor(15_000);
  await look(page, false);
  await page.clock.runFor(20_000);
  expect([streams(), ended]).toEqual([1, []]);
  // Its clock is ahead of the signs that the Worker gives: it begins anew.
  await page.reload();
  await isLive(page);
  ended.length = 0;
  await look(page, true);
  await page.clock.runFor(31_000);
  await vi.waitFor(() => expect(ended.join()).toContain("/stream"), { timeout: LIVE_MS });
  await page.clock.runFor(600_000);
  expect([streams(), ended.length]).toEqual([2, 1]);
  expect(await page.locator(".banner.lost").innerText()).toMatch(/Unknown since .*Nobody looked at this tab/);
  // What it shows before it is live is not said to be so.
  await page.route("**/stream?**", async (route) => {
    await new Promise((resolve) => setTimeout(resolve, 500));
    await route.continue();
  });
  await look(page, false);
  expect(await page.locator(".top .chip").innerText()).toBe("unknown");
  await isLive(page);
  expect(asked.findLast((address) => address.includes("/stream"))).toContain("?after=");
  expect(complaints).toEqual([]);
  await page.context().close();
});

test("a stream that is not answered says after five seconds what it may be, and goes on waiting", async () => {
  const { page } = await open(browser, { url: stage.url, token: TOKEN, path: "/t/home" });
  await isLive(page);
  let answer = () => {};
  const held = new Promise<void>((resolve) => {
    answer = resolve;
  });
  await page.route("**/stream", async (route) => {
    await held;
    await route.continue();
  });
  await page.reload();
  await page.getByText("closing some helps").first().waitFor();
  await page.getByText("no_answer_yet").first().waitFor();
  answer();
  await isLive(page);
  await page.context().close();
});
