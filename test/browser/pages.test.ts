/** What is made and changed on the page, by those who may. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launch, open } from "./browser.ts";
import { aTown, type Stage, setStage, TOKEN } from "./stage.ts";

let stage: Stage;
let browser: Browser;

beforeAll(async () => {
  [stage, browser] = await Promise.all([setStage(), launch()]);
  await aTown(stage, "home");
});
afterAll(async () => {
  await browser?.close();
  await stage?.close();
});

const show = (path: string, token = TOKEN) => open(browser, { url: stage.url, token, path: `/t/home/${path}` });
const row = (page: Page, name: string) => page.getByRole("listitem").filter({ hasText: name });
const make = (page: Page) => page.getByRole("button", { name: "Make a token" });
const dialog = (page: Page) => page.getByRole("dialog");

/** What the dialog shows, once. */
async function secretOf(page: Page, name: string): Promise<string> {
  await dialog(page)
    .getByRole("heading", { name: `The secret of ${name}` })
    .waitFor();
  return dialog(page).locator("code").innerText();
}
const selfOf = (token: string) =>
  fetch(`${stage.url}/v1/tokens/self`, { headers: { authorization: `Bearer ${token}` } });

test("a page lists and makes tokens with one that is given for that; a secret is shown once and kept nowhere", async () => {
  const { page, complaints, asked } = await show("settings");
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.getByText("It lacks the scope tokens:admin").waitFor();
  expect(await make(page).count()).toBe(0);
  await page.getByLabel("Token with tokens:admin").fill(TOKEN);
  await page.keyboard.press("Enter");
  await make(page).click();
  await page.getByLabel("Whose it is").fill("ci");
  await page.getByLabel("What it may do").selectOption("submitter");
  await page.getByRole("button", { name: "Make it" }).click();
  const secret = await secretOf(page, "ci");
  expect(await (await selfOf(secret)).json()).toMatchObject({ name: "ci", preset: "submitter", towns: ["home"] });
  await page.getByRole("button", { name: "Copy the secret of ci" }).click();
  await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe(secret);
  await page.getByRole("button", { name: "I have it" }).click();
  await row(page, "ci").getByText("submitter, home").waitFor();

  await page.getByRole("button", { name: "Rotate ci" }).click();
  await page.getByLabel("The old one is good for").fill("0");
  await page.getByRole("button", { name: "Give it another secret" }).click();
  const second = await secretOf(page, "ci");
  page.once("dialog", (asks) => asks.accept());
  await page.keyboard.press("Escape");
  await dialog(page).waitFor({ state: "detached" });
  expect([(await selfOf(secret)).status, (await selfOf(second)).status]).toEqual([401, 200]);

  const kept = await page.evaluate(() =>
    JSON.stringify([{ ...sessionStorage }, { ...localStorage }, history.state, location.href, document.body.innerHTML]),
  );
  for (const one of [TOKEN, secret, second]) expect(kept).not.toContain(one);
  expect(asked.filter((address) => [TOKEN, secret, second].some((one) => address.includes(one)))).toEqual([]);

  await page.getByRole("button", { name: "Revoke ci", exact: true }).click();
  expect(await dialog(page).innerText()).toContain("can't be taken back");
  await dialog(page).getByRole("button", { name: "Revoke ci" }).click();
  await page.getByText("1 is over").waitFor();
  expect((await selfOf(second)).status).toBe(401);
  await page.getByRole("button", { name: "Put operator away" }).click();
  await page.getByText("It lacks the scope tokens:admin").waitFor();
  expect(complaints).toEqual([]);
  await page.context().close();
});

test("what the viewer's token may not do is not offered, and says which scope it lacks", async () => {
  const tokenOf = async (body: object) => String((await stage.send("POST", "/v1/tokens", body)).token);
  await stage.send("POST", "/v1/tokens", { name: "a machine", preset: "operator" });
  const { page } = await show(
    "settings",
    await tokenOf({ name: "clerk", scopes: ["beads:read", "metrics:read", "tokens:admin"] }),
  );
  await row(page, "a machine").getByText("Rotating it takes what clerk lacks: logs:read, beads:write").waitFor();
  expect(await row(page, "clerk").getByRole("button", { name: "Rotate" }).count()).toBe(0);
  await make(page).click();
  expect(await page.getByLabel("What it may do").locator("option").allInnerTexts()).toEqual(["just these …"]);
  expect(await dialog(page).getByRole("checkbox").count()).toBe(3);
  await page.keyboard.press("Escape");
  // Its own token: it is told what becomes of this, and asked for another one.
  await page.getByRole("button", { name: "Revoke clerk" }).click();
  await dialog(page).getByText("you are signed out by it").waitFor();
  await dialog(page).getByRole("button", { name: "Revoke clerk" }).click();
  await page.locator(".sign-in .bad").getByText("was revoked").waitFor();
  await page.context().close();

  const { page: other } = await show("settings", await tokenOf({ name: "guest", preset: "viewer", towns: ["home"] }));
  await other.getByText("signed in as guest (viewer, home)").waitFor();
  await other.getByLabel("Token with tokens:admin").fill("tk_of_somebody_else");
  await other.keyboard.press("Enter");
  await other.getByText("The bearer token is missing or wrong.").waitFor();
  await other.getByLabel("Token with tokens:admin").fill(await tokenOf({ name: "lead", preset: "operator" }));
  await other.keyboard.press("Enter");
  await other.getByText("The token lead lacks the scope tokens:admin.").waitFor();
  expect(await make(other).count()).toBe(0);
  await other.context().close();
});

test("a convoy is made of new beads and of ones that there are, and its members are changed", async () => {
  const at = "/v1/towns/home";
  for (const title of ["Sharpen the saw", "Oil the hinge"])
    await stage.send("POST", `${at}/beads`, { rig: "lib", title });
  const { page, complaints } = await show("convoys");
  await page.getByText("None yet.").waitFor();
  await page.getByRole("button", { name: "Create a convoy" }).click();
  await page.getByLabel("Title", { exact: true }).fill("Début: the 2nd release");
  expect(await page.getByLabel("Name").inputValue()).toBe("debut-the-2nd-release");
  await page.getByLabel("New beads").fill("Write it down\n\n  Tag it  ");
  await page.getByLabel("Order").selectOption("row");
  await page.getByLabel("Branch").fill("release/2");
  await page.getByLabel("It begins").selectOption("held");
  await page.getByLabel("Beads that there are").fill("saw");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Create the convoy" }).click();
  await page.getByRole("heading", { name: "Début: the 2nd release" }).waitFor();
  const shown = page.getByRole("table");
  for (const title of ["Write it down", "Tag it", "Sharpen the saw"]) await shown.getByText(title).waitFor();
  const convoy = await stage.send("GET", `${at}/convoys/debut-the-2nd-release`);
  expect(convoy).toMatchObject({ state: "held", branch: "release/2", onFailure: "block", progress: { total: 3 } });
  expect(convoy.criticalPath).toHaveLength(2);

  await page.getByRole("button", { name: "Change its members" }).click();
  await page.getByLabel("Sharpen the saw").uncheck();
  await page.getByLabel("Beads that there are").fill("hinge");
  await page.getByRole("button", { name: "Oil the hinge" }).click();
  await page.getByRole("button", { name: "Add 1, take out 1" }).click();
  await shown.getByText("Oil the hinge").waitFor();
  await shown.getByText("Sharpen the saw").waitFor({ state: "detached" });

  // One of them can't join, so nothing is made; and beads that there are can be all of it.
  await page.getByRole("link", { name: "Convoys" }).first().click();
  await page.getByRole("button", { name: "Create a convoy" }).click();
  await page.getByLabel("Title", { exact: true }).fill("Later");
  await page.getByLabel("Beads that there are").fill("saw");
  await page.keyboard.press("Enter");
  const [saw] = ((await stage.send("GET", `${at}/beads?limit=200`)).items as { id: string; title: string }[]).filter(
    ({ title }) => title === "Sharpen the saw",
  );
  await stage.send("POST", `${at}/convoys/debut-the-2nd-release/beads`, { add: [saw?.id] });
  await page.getByRole("button", { name: "Create the convoy" }).click();
  await page.getByText("belongs to convoy debut-the-2nd-release already").waitFor();
  expect((await stage.send("GET", `${at}/convoys`)).items).toHaveLength(1);
  await stage.send("POST", `${at}/convoys/debut-the-2nd-release/beads`, { remove: [saw?.id] });
  await page.getByRole("button", { name: "Create the convoy" }).click();
  await page.getByRole("heading", { name: "Later" }).waitFor();
  await shown.getByText("Sharpen the saw").waitFor();
  // A refusal is no error of the page; the browser tells of it all the same.
  expect(complaints.filter((text) => !text.includes("409"))).toEqual([]);
  await page.context().close();
});

const sql = (town: string, text: string, ...bindings: (string | number)[]) => stage.test({ town, sql: text, bindings });
const many = (count: number) => `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})`;

test("what was spent today is of all runs of today, and says where it may be more", async () => {
  await aTown(stage, "spends");
  const spend = (count: number) =>
    sql(
      "spends",
      `${many(count)} INSERT OR IGNORE INTO attempts
        (fence, kind, rig_id, bead_id, agent_id, state, started_at_ms, ended_at_ms, lease_until_ms, usage)
        SELECT i, 'run', 'lib', 'lib-1', 'ada', 'finished', ?1, ?1 + 60000, ?1, '{"inputTokens":1,"outputTokens":1,"costUsd":0.01}' FROM n`,
      Date.now(),
    );
  await spend(450);
  const { page } = await open(browser, { url: stage.url, token: TOKEN, path: "/t/spends" });
  const figures = async () => (await page.locator(".figures").innerText()).replaceAll("\n", " ");
  await expect.poll(figures).toContain("run time today 7 h 30 min spent today $4.50");
  await spend(2_300);
  await page.reload();
  await expect.poll(figures).toContain("spent today, at least $20.00");
  await page.context().close();
});
