/** What a bead's commits change, as it is reviewed: read from a real host, by mouse and by keys, in both themes and on a phone. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { accessibilityFaults, launch, open } from "./browser.ts";
import { aScene, aTownWithWork, type Scene } from "./diff-scene.ts";
import { type Stage, setStage, TOKEN } from "./stage.ts";

let stage: Stage;
let browser: Browser;
let scene: Scene;

beforeAll(async () => {
  scene = await aScene();
  [stage, browser] = await Promise.all([setStage(scene.hostUrl), launch()]);
  for (const town of ["home", "shown"]) await aTownWithWork(stage, town, scene);
});
afterAll(async () => {
  await browser?.close();
  await stage?.close();
  await scene?.end();
});

const at = (path: string) => ({ url: stage.url, token: TOKEN, path });

test("Review shows commits and changes, and a line that is picked stands in the comment with which it is returned", async () => {
  const { page, complaints, asked } = await open(browser, at("/t/home/review"));
  await page.getByText("No try of it has brought commits.").waitFor();
  await page.keyboard.press("j");
  await page.getByText("2 commits of run 1 for").waitFor();
  await page.getByText("Keep a number between two bounds", { exact: true }).waitFor();
  const files = page.locator("details.file");
  expect(await files.locator("summary .path").allInnerTexts()).toEqual(
    [
      "README.md",
      "logo.png",
      "src/clamp.js → src/clamp.ts".replace("src/clamp.js → ", ""),
      "src/clamp.js",
      "src/round.js → src/rounding.js",
      "table.csv",
    ].sort((a, b) => order(a) - order(b)),
  );
  expect(await page.locator("main img").count()).toBe(0);
  await page.getByText("It is binary: no bytes before, 8 bytes after.").waitFor();
  const table = files.filter({ hasText: "table.csv" });
  await table.locator("summary").click();
  await table.getByText("It goes on; what follows is not shown.").waitFor();
  await table.getByRole("button", { name: "Show more of this file" }).click();
  await table.getByText("It goes on").waitFor({ state: "detached" });
  const readme = files.filter({ hasText: "README.md" }).getByRole("listbox");
  await readme.getByText("Small numbers, well kept: clamp").click();
  const comment = page.getByLabel("What is to be otherwise");
  await expect.poll(() => comment.inputValue()).toBe("README.md:3: ");
  const hasFocus = () => comment.evaluate((element) => element === document.activeElement);
  await expect.poll(hasFocus).toBe(true);
  await page.keyboard.type("too long");
  await page.keyboard.press("Escape");
  await comment.waitFor({ state: "detached" });
  const clamp = files.filter({ hasText: "src/clamp.ts" }).getByRole("listbox");
  await clamp.focus();
  for (const key of ["ArrowDown", "ArrowDown", "ArrowDown", "Enter"]) await page.keyboard.press(key);
  await expect.poll(() => comment.inputValue()).toMatch(/^README\.md:3: too long\nsrc\/clamp\.ts:2: $/);
  await expect.poll(hasFocus).toBe(true);
  await page.keyboard.type("name the bounds");
  await page.getByRole("button", { name: "Return it" }).click();
  await comment.waitFor({ state: "detached" });
  const bead = await stage.send("GET", "/v1/towns/home/beads/lib-1");
  expect(bead).toMatchObject({
    status: "open",
    body: "A review of an earlier try says:\nREADME.md:3: too long\nsrc/clamp.ts:2: name the bounds",
  });
  expect(complaints).toEqual([]);
  expect(asked.filter((address) => /\/beads\/lib-2\/diff/.test(address))).toEqual([]);
  await page.context().close();
});

/** As git lists them. */
const order = (path: string): number =>
  ["README.md", "logo.png", "src/clamp.js", "src/clamp.ts", "src/round.js → src/rounding.js", "table.csv"].indexOf(
    path,
  );

test.each(["light", "dark"] as const)(
  "what is shown can be read and used by everybody, in the %s theme and on a phone",
  async (colorScheme) => {
    const { page, complaints } = await open(browser, at("/t/shown/beads/lib-1"), { colorScheme });
    await page.getByText("2 commits of run 1 for").waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.goto(`${stage.url}/t/shown/review`);
    await page.locator(".review-list").getByText("lib-1").click();
    await page.getByText("2 commits of run 1 for").waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.setViewportSize({ width: 375, height: 800 });
    const widths = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
    expect(widths[0]).toBeLessThanOrEqual(widths[1] ?? 0);
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await page.context().close();
  },
);

test("a bead without commits says so and asks nobody; where no host answers it is said what shows the same", async () => {
  const { page, asked } = await open(browser, at("/t/home/beads/lib-2"));
  await page.getByText("No try of it has brought commits.").waitFor();
  expect(asked.filter((address) => address.includes("/diff"))).toEqual([]);
  const gone = "f".repeat(40);
  await stage.test({
    town: "home",
    sql: "UPDATE beads SET head = ?1, base = NULL, branch = 'town/lib-2/9' WHERE id = 'lib-2'",
    bindings: [gone],
  });
  await stage.test({
    town: "home",
    sql: `INSERT INTO attempts (fence, kind, rig_id, bead_id, agent_id, state, started_at_ms, ended_at_ms, lease_until_ms, branch, head)
      VALUES (9, 'run', 'lib', 'lib-2', 'ada', 'finished', 1, 1, 1, 'town/lib-2/9', ?1)`,
    bindings: [gone],
  });
  await page.reload();
  await page.getByText("The commits are no longer kept on this host.").waitFor();
  await page.getByText(`git fetch origin main town/lib-2/9 && git diff origin/main...${gone}`).waitFor();
  await page.context().close();
});
