/** Who else is told of what happens: seen, tried, mended, added and removed on the page, by those who may. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser, Page } from "playwright-core";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, expect, test } from "vitest";
import { accessibilityFaults, launch, open } from "./browser.ts";
import { aTown, type Stage, setStage, TOKEN } from "./stage.ts";

interface Told {
  path: string;
  body: string;
  headers: Record<string, string>;
}

const told: Told[] = [];
/** By path; left out: it is taken. */
const answers = new Map<string, { status: number; body: string }>();
const receiver = createServer(async (request, response) => {
  let body = "";
  for await (const chunk of request) body += chunk;
  const path = request.url ?? "";
  told.push({ path, body, headers: request.headers as Record<string, string> });
  const { status, body: said } = answers.get(path) ?? { status: 204, body: "" };
  response.writeHead(status).end(said);
});

let stage: Stage;
let browser: Browser;
let at = "";

beforeAll(async () => {
  [stage, browser] = await Promise.all([setStage(), launch()]);
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
  at = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
  await aTown(stage, "home");
});
afterAll(async () => {
  await browser?.close();
  await stage?.close();
  receiver.close();
});

const show = (path: string, token = TOKEN, options = {}) =>
  open(browser, { url: stage.url, token, path: `/t/home${path}` }, options);
const hooks = (page: Page) => page.getByRole("region", { name: "Webhooks" });
const hook = (page: Page, id: string) =>
  hooks(page)
    .locator("li.item")
    .filter({ has: page.getByRole("button", { name: `Remove ${id}` }) });
const toldTo = (path: string) => told.filter((one) => one.path === path);
const tokenOf = async (body: object) => String((await stage.send("POST", "/v1/tokens", body)).token);

/** With a token that is given for it, since what a page is signed in with may not. */
async function lendIn(page: Page): Promise<void> {
  await hooks(page).getByText("This tab's token lacks the scope webhooks:admin").click();
  await page.getByLabel("Token with webhooks:admin").fill(TOKEN);
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Put operator away" }).waitFor();
}

test("a webhook is added, tested, seen to be given up, enabled again and removed; its secret is shown once", async () => {
  const { page, complaints, asked } = await show("/settings");
  await lendIn(page);
  await hooks(page).getByText("Nobody else is told.").waitFor();
  await hooks(page).getByRole("button", { name: "Add a webhook" }).click();
  const dialog = page.getByRole("dialog");
  await page.getByLabel("Its name").fill("chat");
  await page.getByLabel("URL").fill("ftp://example.com/x");
  await dialog.getByRole("checkbox", { name: "bead.landed" }).uncheck();
  expect(await accessibilityFaults(page)).toEqual([]);
  await dialog.getByRole("button", { name: "Add it" }).click();
  await dialog.getByText("address_refused").waitFor();
  await page.getByLabel("URL").fill(`${at}/chat?key=of-its-own`);
  await dialog.getByRole("button", { name: "Add it" }).click();
  await dialog.getByRole("heading", { name: "The secret of chat" }).waitFor();
  // Asked whether it is kept, nobody has said yes.
  page.once("dialog", (asks) => asks.dismiss());
  await page.keyboard.press("Escape");
  await dialog.getByRole("heading", { name: "The secret of chat" }).waitFor();
  const secret = await dialog.locator("code").innerText();
  await dialog.getByRole("button", { name: "I have it" }).click();
  await hook(page, "chat").getByText("It was told of nothing yet.").waitFor();
  expect(await hook(page, "chat").innerText()).toContain(
    "bead.parked, convoy.closed, attention.opened, attention.closed, incident.opened, incident.closed",
  );
  expect(await hook(page, "chat").innerText()).not.toContain("bead.landed");

  const path = "/chat?key=of-its-own";
  await hooks(page).getByRole("button", { name: "Test chat" }).click();
  await hook(page, "chat").getByText("delivered").waitFor();
  const [test] = toldTo(path);
  expect(test && new Webhook(secret).verify(test.body, test.headers)).toMatchObject({ type: "webhook.test" });

  answers.set(path, { status: 410, body: "moved away" });
  await hooks(page).getByRole("button", { name: "Test chat" }).click();
  await hook(page, "chat").getByText("given up", { exact: true }).waitFor();
  expect(await hook(page, "chat").innerText()).toMatch(
    /The town gave it up .*: its receiver wants to be told of nothing any more: answered 410: moved away/,
  );
  // Nothing is sent to it now, so nothing offers that.
  expect(await hook(page, "chat").getByRole("button").allInnerTexts()).toEqual(["Enable", "Remove"]);

  answers.delete(path);
  await hooks(page).getByRole("button", { name: "Enable chat" }).click();
  await hook(page, "chat").getByText("enabled", { exact: true }).waitFor();
  await hooks(page)
    .getByRole("button", { name: /^Send again: webhook.test \d+$/ })
    .click();
  await expect.poll(() => hook(page, "chat").getByText("delivered").count()).toBe(2);
  const ids = toldTo(path).map(({ headers }) => headers["webhook-id"]);
  expect(ids).toHaveLength(3);
  expect(new Set(ids).size).toBe(2);

  await hooks(page).getByRole("button", { name: "Disable chat" }).click();
  await hook(page, "chat").getByText("disabled", { exact: true }).waitFor();
  await hooks(page).getByRole("button", { name: "Remove chat" }).click();
  await dialog.getByText("can't be taken back").waitFor();
  await dialog.getByRole("button", { name: "Remove chat" }).click();
  await hooks(page).getByText("Nobody else is told.").waitFor();

  const kept = await page.evaluate(() =>
    JSON.stringify([{ ...sessionStorage }, { ...localStorage }, location.href, document.body.innerHTML]),
  );
  for (const one of [TOKEN, secret]) expect(kept).not.toContain(one);
  expect(asked.filter((address) => address.includes(secret))).toEqual([]);
  // The browser tells of each answer that is a refusal.
  expect(complaints.filter((text) => !text.includes("422"))).toEqual([]);
  await page.context().close();
});

test("one that was given up waits on Now, with its button for who may press it, and is gone once it is mended", async () => {
  const path = "/ci";
  answers.set(path, { status: 410, body: "no such channel" });
  await stage.send("POST", "/v1/towns/home/webhooks", { id: "ci", url: `${at}${path}` });
  await stage.send("POST", "/v1/towns/home/webhooks/ci/test");
  const { page: viewer } = await show("", await tokenOf({ name: "looks", preset: "viewer" }));
  const item = (page: Page) => page.locator("li.item").filter({ hasText: "webhook disabled" });
  await item(viewer).getByText("answered 410: no such channel").waitFor();
  const shut = item(viewer).getByRole("button", { name: /^Enable/ });
  await expect.poll(() => shut.getAttribute("title")).toBe("The token of this tab lacks the scope webhooks:admin.");
  expect(await shut.isDisabled()).toBe(true);
  expect(await item(viewer).innerText()).not.toContain(at);
  await viewer.context().close();

  const { page } = await show("", await tokenOf({ name: "keeps hooks", scopes: ["beads:read", "webhooks:admin"] }));
  answers.delete(path);
  await item(page)
    .getByRole("button", { name: /^Enable/ })
    .click();
  await item(page).waitFor({ state: "detached" });
  await page.context().close();
});

test("who may not see them sees none of them, and one of another town is no better", async () => {
  await stage.send("POST", "/v1/towns/home/webhooks", { id: "secret", url: `${at}/secret`, enabled: false });
  const { page, asked } = await show("/settings", await tokenOf({ name: "looks", preset: "viewer" }));
  const add = hooks(page).getByRole("button", { name: "Add a webhook" });
  await add.getByText("which takes the scope webhooks:admin").waitFor({ state: "attached" });
  expect(await add.isDisabled()).toBe(true);
  expect(await hooks(page).innerText()).not.toContain("secret");
  expect(asked.filter((address) => address.includes("/webhooks"))).toEqual([]);
  await hooks(page).getByText("This tab's token lacks the scope webhooks:admin").click();
  await page
    .getByLabel("Token with webhooks:admin")
    .fill(await tokenOf({ name: "elsewhere", scopes: ["webhooks:admin"], towns: ["other"] }));
  await page.keyboard.press("Enter");
  await hooks(page).getByText("The token elsewhere is not for the town home.").waitFor();
  await page.context().close();
});

test("axe finds nothing where there are some of each kind, in light or dark, and nothing scrolls sideways on a phone", async () => {
  answers.set("/down", {
    status: 503,
    body: "not <now>, and that in a text that is long enough to go on for some lines",
  });
  answers.set("/gone", { status: 410, body: "" });
  for (const id of ["down", "gone", "well"])
    await stage.send("POST", "/v1/towns/home/webhooks", { id, url: `${at}/${id}` });
  for (const id of ["well", "gone", "down"]) await stage.send("POST", `/v1/towns/home/webhooks/${id}/test`);
  await expect
    .poll(() => ["down", "gone", "well"].map((id) => toldTo(`/${id}`).length >= 1))
    .toEqual(Array(3).fill(true));
  const { page } = await show("/settings", TOKEN, { reducedMotion: "reduce", viewport: { width: 390, height: 844 } });
  await lendIn(page);
  await hook(page, "gone").getByText("given up", { exact: true }).waitFor();
  await hook(page, "down").getByText("failing", { exact: true }).waitFor();
  expect(await accessibilityFaults(page)).toEqual([]);
  await page.emulateMedia({ colorScheme: "dark" });
  expect(await accessibilityFaults(page, ["color-contrast"])).toEqual([]);
  const sideways = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  expect(sideways).toBe(0);
  await page.context().close();
});
