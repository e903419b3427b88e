/** What needs a person stands at the top of the first page, and nothing there says that all is well beside it. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { accessibilityFaults, launch, open } from "./browser.ts";
import { aTown, type Stage, setStage, TOKEN } from "./stage.ts";

let stage: Stage;
let browser: Browser;
let nth = 0;

beforeAll(async () => {
  [stage, browser] = await Promise.all([setStage(), launch()]);
});
afterAll(async () => {
  await browser?.close();
  await stage?.close();
});

/** It takes work, and does not tick by itself. */
async function town() {
  const name = `needs-${++nth}`;
  await aTown(stage, name);
  await stage.test({ town: name, held: true });
  const sql = (text: string, ...bindings: (string | number)[]) => stage.test({ town: name, sql: text, bindings });
  await sql("UPDATE town SET paused = NULL, next_wake_at_ms = NULL");
  return { name, sql, at: `/v1/towns/${name}` };
}
const show = (name: string, options = {}) =>
  open(browser, { url: stage.url, token: TOKEN, path: `/t/${name}` }, options);

test("a parked bead is the headline, and a rig in trouble counts beside it, though no bead waits for that", async () => {
  const { name, sql, at } = await town();
  const { id } = await stage.send("POST", `${at}/beads`, { rig: "lib", title: "Parked" });
  await sql("UPDATE beads SET status = 'failed', closed_at_ms = ?", Date.now());
  const { page } = await show(name);
  const headline = page.locator(".verdict h1");
  await headline.getByText(`1 thing needs you: ${id} is parked.`).waitFor();
  expect(await headline.locator(".ok").count()).toBe(0);
  expect(await page.locator("main").innerText()).not.toMatch(/nothing to do|Nothing waits/);
  const failure = { code: "push_refused", message: "The remote refused the push.", retryable: true };
  const trouble = JSON.stringify({ failure, untilMs: 0, failures: 3, sinceMs: Date.now() });
  await sql("UPDATE rigs SET push_trouble = ?", trouble);
  await page.reload();
  await headline.getByText("2 things need you, first:").waitFor();
  expect(await page.locator("main").innerText()).toContain("The remote refused the push.");
  expect(await accessibilityFaults(page)).toEqual([]);
  await page.context().close();
});

test("an agent that may not be able to work needs somebody, though no bead waits for it yet; on a phone that comes before the agents", async () => {
  const { name, sql } = await town();
  const command = "git -C /repos/lib config receive.denyCurrentBranch updateInstead";
  const checks = [
    { name: "repository", ok: false, detail: "There is no repository there.", hint: null },
    { name: "push", ok: false, detail: "main is checked out.", hint: `Run there: ${command}` },
  ];
  await sql("UPDATE agents SET preflight = ?", JSON.stringify({ state: "failed", atMs: Date.now(), checks }));
  const { page } = await show(name, { viewport: { width: 390, height: 844 } });
  await page.locator(".verdict h1").getByText("1 thing needs you: agent ada may not be able to work.").waitFor();
  const top = async (heading: string) =>
    (await page.getByRole("heading", { name: heading, level: 2 }).boundingBox())?.y ?? 0;
  expect(await top("Needs you")).toBeLessThan(await top("Agents"));
  await page.setViewportSize({ width: 1_280, height: 900 });
  await expect.poll(async () => (await top("Needs you")) - (await top("Agents"))).toBe(0);
  await page.goto(`${stage.url}/t/${name}/agents`);
  await page.getByRole("button", { name: `Copy ${command}` }).waitFor();
  await page.context().close();
});

test("where the clock of whoever looks is behind, nothing has lasted less than no time", async () => {
  const { name, at } = await town();
  const { page } = await open(browser, { url: stage.url, token: TOKEN, path: `/t/${name}` });
  await page.locator(".verdict h1").waitFor();
  await page.clock.setFixedTime(Date.now() - 60_000);
  const { id } = await stage.send("POST", `${at}/beads`, { rig: "lib", title: "Just made" });
  await page.goto(`${stage.url}/t/${name}/beads/${id}`);
  const took = page.locator(".waterfall .number");
  await took.first().waitFor();
  for (const text of await took.allInnerTexts()) expect(text).toMatch(/^\d/);
  await page.context().close();
});
