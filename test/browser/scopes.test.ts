/** Who may not do a thing is offered no button that does it, and is told what it takes. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launch, open } from "./browser.ts";
import { aTown, type Stage, setStage } from "./stage.ts";

const PAGES = ["", "/board", "/review", "/loop", "/agents", "/convoys", "/convoys/release", "/settings"];
/** What these do stays in the browser. */
const LOCAL =
  /^(\?|Keys|Before|Next|Copy .*|Dismiss|Clear.*|(run|landing) \d+|As dates.*|lib-.*|List and make (tokens|webhooks))/;
/** What the page says of a viewer's token, once it has heard what that may do. */
const LACKS = "which lacks beads:write, work:control, agents:write, rigs:write, hosts:admin";

let stage: Stage;
let browser: Browser;
let paths: string[] = [];

beforeAll(async () => {
  [stage, browser] = await Promise.all([setStage(), launch()]);
  await aTown(stage, "home");
  const at = "/v1/towns/home";
  const { id: parked } = await stage.send("POST", `${at}/beads`, { rig: "lib", title: "Parked" });
  const { id: held } = await stage.send("POST", `${at}/beads`, { rig: "lib", title: "Held" });
  await stage.send("PATCH", `${at}/beads/${held}`, { hold: { why: "not now" } });
  await stage.send("POST", `${at}/convoys`, {
    ...{ id: "release", title: "Release", held: true },
    beads: [{ rig: "lib", title: "Write the changelog" }],
  });
  await stage.send("POST", `${at}/hosts`, { id: "laptop" });
  await stage.test({
    town: "home",
    sql: "UPDATE beads SET status = 'failed', closed_at_ms = ? WHERE id = ?",
    bindings: [Date.now(), String(parked)],
  });
  paths = [...PAGES, `/beads/${parked}`, `/beads/${held}`];
});
afterAll(async () => {
  await browser?.close();
  await stage?.close();
});

const show = async (body: object) => {
  const { token } = await stage.send("POST", "/v1/tokens", { name: "somebody", ...body });
  const opened = await open(browser, { url: stage.url, token: String(token), path: "/t/home" });
  // What the tab keeps is there for the next address.
  await opened.page.waitForFunction(() => sessionStorage.length > 0);
  return opened;
};

const shown = async (page: Page, path: string) => {
  await page.goto(`${stage.url}/t/home${path}`);
  await page.locator("main h1").first().waitFor({ state: "attached" });
};
const nameOf = (text: string) => text.replaceAll("\n", " ").trim();

test("a viewer presses nothing that changes anything, on any page, and each button says which scope it takes", async () => {
  const { page } = await show({ preset: "viewer" });
  const seen = new Set<string>();
  const free: string[] = [];
  for (const path of paths) {
    await shown(page, path);
    await page.getByText(LACKS).waitFor();
    for (const button of await page.locator("button").all()) {
      if (!(await button.isVisible())) continue;
      const name = nameOf((await button.getAttribute("aria-label")) ?? (await button.innerText()));
      if (await button.isEnabled()) {
        if (!LOCAL.test(name)) free.push(`${path}: ${name}`);
        continue;
      }
      seen.add(name.split(",")[0] ?? "");
      expect(await button.getAttribute("title"), name).toMatch(
        /lacks the scope ((beads|agents|rigs):write|work:control|(hosts|webhooks):admin)\./,
      );
    }
  }
  expect(free).toEqual([]);
  expect([...seen].map(nameOf)).toEqual(
    expect.arrayContaining(["Create a bead", "Resume", "Add a rig", "Save", "Release h"]),
  );
  await shown(page, "");
  // What a token may do is heard of a moment after the page is there.
  await page.getByText(LACKS).waitFor();
  await page.keyboard.press("+");
  expect(await page.getByRole("dialog").count()).toBe(0);
  await page.context().close();
});

test("an operator is offered all of it but webhooks, whose scope is named", async () => {
  const { page } = await show({ preset: "operator" });
  for (const path of paths) {
    await shown(page, path);
    // What a token may do is heard of a moment after the page is there.
    if (path === "/settings") await page.getByText("lacks the scope webhooks:admin").first().waitFor();
    const shut = await page.locator("button:disabled").allInnerTexts();
    expect(
      shut.map((text) => text.split(",")[0]?.trim()),
      path,
    ).toEqual(path === "/settings" ? ["Add a webhook"] : []);
    expect(await page.getByText("which lacks").count()).toBe(0);
  }
  await page.context().close();
});

test("who may only see beads sees those, and is told what else takes which scope", async () => {
  const { page } = await show({ scopes: ["beads:read"] });
  await page.getByText("its scope is metrics:read").waitFor();
  expect(await page.locator(".banner").count()).toBe(0);
  await shown(page, "/board");
  await page.locator(".card").getByText("Parked", { exact: true }).waitFor();
  await page.context().close();
});
