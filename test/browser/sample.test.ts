/** `npm start` with its page open: the sample's town from its first bead to its last. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { repoRoot } from "../../cli/paths.ts";
import { launch, open } from "./browser.ts";

let browser: Browser;
let started: ChildProcess;
const state = mkdtempSync(join(tmpdir(), "townkeeper-sample-"));

beforeAll(async () => {
  browser = await launch();
});
afterAll(async () => {
  await browser?.close();
  const ended = new Promise((resolve) => started?.once("exit", resolve));
  started?.kill("SIGINT");
  await ended;
  rmSync(state, { recursive: true, force: true });
});

/** When each part of a first look was there, by the browser's own clock. */
function phases(): string {
  const lives = performance.now();
  const [html] = performance.getEntriesByType("navigation") as PerformanceResourceTiming[];
  const assets = performance.getEntriesByType("resource") as PerformanceResourceTiming[];
  const when = (of: PerformanceEntry | undefined) => of?.startTime;
  const told: Record<string, number | undefined> = {
    page: html?.responseEnd,
    assets: Math.max(...assets.filter(({ name }) => name.includes("/assets/")).map(({ responseEnd }) => responseEnd)),
    begins: when(performance.getEntriesByName("townkeeper: begins")[0]),
    "first paint": when(performance.getEntriesByType("paint")[0]),
    "its own token": assets.find(({ name }) => name.endsWith("/v1/tokens"))?.responseEnd,
    "live data": when(performance.getEntriesByName("townkeeper: known")[0]),
    "seen here": lives,
  };
  return Object.entries(told)
    .map(([name, ms]) => `${name} after ${Math.round(ms ?? Number.NaN)} ms`)
    .join(", ");
}

test("it is shown live from start to finish, loads nothing from elsewhere, and breaks no policy", async () => {
  started = spawn(process.execPath, [join(repoRoot, "cli/main.ts"), "--port", "0", "--state", state], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const url = await new Promise<string>((resolve) => {
    let said = "";
    started.stdout?.on("data", (chunk) => {
      said += chunk;
      const ready = /ready in \d+ ms at (\S+)/.exec(said);
      if (ready?.[1]) resolve(ready[1]);
    });
  });
  const token = readFileSync(join(state, "token"), "utf8").trim();
  const headers = { authorization: `Bearer ${token}` };
  await expect.poll(async () => (await fetch(`${url}/v1/towns/sample/beads`, { headers })).status).toBe(200);
  const { page, complaints, asked } = await open(browser, { url, token, path: "/t/sample" });
  const seen = new Set<string>();
  const figures = page.locator(".figures");
  await figures.waitFor();
  console.log(`sample: ${await page.evaluate(phases)}`);
  expect(page.url()).not.toContain(token);
  await expect
    .poll(
      async () => {
        for (const text of await page.locator(".agent .chip").allInnerTexts()) seen.add(text);
        return (await figures.innerText()).replaceAll("\n", " ");
      },
      { timeout: 120_000, interval: 150 },
    )
    .toMatch(/done 14/);
  expect(seen).toContain("working");
  await expect.poll(() => page.locator(".top .chip").innerText()).toBe("idle");
  expect(await page.locator(".beat rect.warn").count()).toBeGreaterThanOrEqual(2);
  await page.goto(`${url}/t/sample/board`);
  await expect.poll(() => page.locator(".lane-done .card").count()).toBe(14);
  await page.goto(`${url}/t/sample/beads/lib-3`);
  await page.locator(".waterfall").getByText("landing").first().waitFor();
  await page.getByText("written: ").waitFor();
  expect(complaints).toEqual([]);
  expect(asked.filter((address) => !address.startsWith(url))).toEqual([]);
  expect(asked.filter((address) => address.includes(token))).toEqual([]);
}, 180_000);
