/** Nothing makes a page scroll sideways, whatever people named their things. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launch, open } from "./browser.ts";
import { aTown, type Stage, setStage, TOKEN } from "./stage.ts";

const WIDTHS = [360, 740, 760, 768, 860, 900, 1_001, 1_280];
const LONG = "Supercalifragilistic".repeat(9);

let stage: Stage;
let browser: Browser;

beforeAll(async () => {
  [stage, browser] = await Promise.all([setStage(), launch()]);
});
afterAll(async () => {
  await browser?.close();
  await stage?.close();
});

/** What is wider than it should be, by the one it begins with. */
const tooWide = (page: Page) =>
  page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) return null;
    const wide = [...document.querySelectorAll("body *")].find(
      (element) => element.getBoundingClientRect().right > clientWidth + 1,
    );
    return `${scrollWidth} of ${clientWidth}: ${wide?.outerHTML.slice(0, 120)}`;
  });

test("no page scrolls sideways at any width, with what waits in the header, its longest verdict, and titles without a space", async () => {
  const town = "a-town-with-a-rather-long-name";
  await aTown(stage, town, { startDeadlineMs: 1_000, pollStaleThresholdMs: 60_000 });
  await stage.test({ town, held: true });
  const at = `/v1/towns/${town}`;
  const made: string[] = [];
  for (const title of [LONG, `${LONG} again`]) {
    const { id } = await stage.send("POST", `${at}/beads`, { rig: "lib", title, body: LONG, acceptance: LONG });
    made.push(String(id));
  }
  const [parked = "", open_ = ""] = made;
  const sql = (text: string, ...bindings: (string | number)[]) => stage.test({ town, sql: text, bindings });
  await sql("UPDATE beads SET status = 'failed', closed_at_ms = ? WHERE id = ?", Date.now(), parked);
  await stage.send("PATCH", `${at}/beads/${open_}`, { hold: { why: LONG } });
  await stage.send("POST", `${at}/convoys`, {
    ...{ id: "release", title: LONG, beads: [{ ref: "a", rig: "lib", title: LONG }] },
  });
  const { page, complaints } = await open(browser, { url: stage.url, token: TOKEN, path: `/t/${town}` });
  // `draining` is the longest word that a verdict has.
  await stage.send("PATCH", at, { paused: null, draining: true });
  await page.locator(".top .chip").getByText("draining").waitFor();
  const faults: string[] = [];
  for (const path of [
    ...["", "/board", "/review", "/loop", "/agents", "/agents/ada", "/convoys", "/settings"],
    ...["/convoys/release", `/beads/${parked}`, `/beads/${open_}`],
  ]) {
    await page.goto(`${stage.url}/t/${town}${path}`);
    await page.locator("main h1, main .verdict, main .section").first().waitFor({ state: "attached" });
    await page.locator(".nav .count").first().waitFor({ state: "attached" });
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 900 });
      const fault = await tooWide(page);
      if (fault !== null) faults.push(`${path || "/"} at ${width}: ${fault}`);
    }
  }
  expect(faults).toEqual([]);
  expect(complaints).toEqual([]);
  await page.context().close();
});
