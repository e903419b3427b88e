/** Whatever stands in the address, the page says what it is about: never blank, and never another page in its place. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launch, open } from "./browser.ts";
import { aTown, type Stage, setStage, TOKEN } from "./stage.ts";

let stage: Stage;
let browser: Browser;

beforeAll(async () => {
  [stage, browser] = await Promise.all([setStage(), launch()]);
  await aTown(stage, "home");
  await stage.send("POST", "/v1/towns/home/beads", { rig: "lib", title: "Something to do" });
});
afterAll(async () => {
  await browser?.close();
  await stage?.close();
});

const show = (path: string, token = TOKEN) => open(browser, { url: stage.url, token, path });

test.each([
  ["/t/%zz", "“%zz” in this address can't be read"],
  ["/t/home/beads/%E0%A4%A", "“%E0%A4%A” in this address can't be read"],
  ["/t/home/bords", "There is no page “bords” of a town."],
  ["/t/home/beads/lib-1/more", "There is nothing behind “lib-1” on the page “beads”."],
  ["/t/home/beads/lib-99", "There is no bead lib-99."],
  ["/t/home/beads/a%2F..%2Fb", "bead"],
  ["/t/home/beads/%00", "bead"],
  [`/t/home/beads/${"x".repeat(70)}`, "bead"],
  ["/t/home/beads/%3Cimg%20src=x%20onerror=alert(1)%3E", "bead"],
  ["/t/home/convoys/none", "There is no convoy none."],
  ["/t/home/loop/no-number", "Tick no-number is not among the newest"],
  ["/t/no-such-town", "There is no such town"],
  ["/t/No%20Town", "town"],
])("%s says what is wrong", async (path, words) => {
  const { page, complaints } = await show(path);
  await page.locator("main h1, main [role=alert], main .empty").first().waitFor();
  await page.locator("main").getByText(words).first().waitFor();
  expect(await page.locator("main img").count()).toBe(0);
  // That an answer is a refusal is told by the browser too.
  expect(complaints.filter((text) => !text.startsWith("Failed to load resource"))).toEqual([]);
  await page.context().close();
});

test("what stands behind `?` is left alone, a town without a page is its first, and a bead's page without a bead is the board", async () => {
  const { page } = await show("/t/home/?limit=%zz&token=x");
  await page.locator(".figures").waitFor();
  await page.goto(`${stage.url}/t/home/beads`);
  await page.locator(".card").getByText("Something to do").waitFor();
  await page.goto(`${stage.url}/t//board`);
  await page.getByRole("heading", { name: "Which town?" }).waitFor();
  await page.context().close();
});

test("a link whose token was cut off says so, and asks for one", async () => {
  const { page } = await show("/t/home", "tk_%zz");
  await page.locator(".sign-in .bad").getByText("That is no token").waitFor();
  expect(page.url()).not.toContain("#");
  await page.context().close();
});

test("an answer that makes no sense leaves a word in its place, and the other pages", async () => {
  const { page } = await show("/t/home/board");
  await page.context().route("**/beads/lib-1", (route) => route.fulfill({ json: { id: "lib-1" } }));
  await page.locator(".card").getByText("Something to do").click();
  await page.getByRole("heading", { name: "This page has failed" }).waitFor();
  await page.getByRole("link", { name: "Loop" }).click();
  await page.getByRole("heading", { name: "Loop", level: 1 }).waitFor();
  await page.context().close();
});
