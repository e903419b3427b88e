/** Settings on the page: what is typed stays, what others changed meanwhile is said, and "saved" is said of what was sent. */
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { AT, aHeldTown } from "./held-town.ts";

const town = aHeldTown();

const show = async () => {
  const { page } = await town.show("/settings");
  const sent: unknown[] = [];
  page.on("request", (request) => {
    if (request.method() === "PATCH") sent.push(request.postDataJSON());
  });
  return { page, sent };
};
const field = (page: Page, name: string) => page.locator(`main form [name="${name}"]`);
const save = (page: Page) => page.getByRole("button", { name: "Save", exact: true }).click();
const says = (page: Page, text: string) => page.locator("main form [role=status]").getByText(text).waitFor();
const settings = async () => (await town.stage.send("GET", AT)).settings;

test("what is typed outlives what happens in the town and another page; it is sent, and only then said to be saved", async () => {
  const { page, sent } = await show();
  await field(page, "startsPerMinute").fill("7");
  const { id } = await town.stage.send("POST", `${AT}/beads`, { rig: "lib", title: "Something else" });
  await page.getByRole("link", { name: "Board" }).click();
  await page.getByText("Something else").waitFor();
  await town.stage.send("PATCH", `${AT}/beads/${id}`, { hold: { why: "wait" } });
  await town.stage.send("PATCH", AT, { paused: { why: "another reason" } });
  await page.getByText("held by operator: wait").waitFor();
  await page.getByRole("link", { name: "Settings" }).click();
  await page.getByText("another reason").waitFor();
  expect(await field(page, "startsPerMinute").inputValue()).toBe("7");
  await save(page);
  await says(page, "saved");
  // The pause that somebody changed is no field of the form: the same is sent again for what is there now.
  expect(sent).toEqual([{ settings: { startsPerMinute: 7 } }, { settings: { startsPerMinute: 7 } }]);
  expect(await settings()).toMatchObject({ startsPerMinute: 7 });
  expect(await field(page, "startsPerMinute").inputValue()).toBe("7");
  await save(page);
  await says(page, "nothing to save");
  expect(sent).toHaveLength(2);
  await page.context().close();
});

test("what nobody types over follows the town, and what somebody else made of what is typed is said before it is saved over", async () => {
  const { page, sent } = await show();
  await field(page, "heartbeatMs").waitFor();
  await town.stage.send("PATCH", AT, { settings: { reworkBudget: 9 } });
  await expect.poll(() => field(page, "reworkBudget").inputValue()).toBe("9");
  await field(page, "startDeadlineMs").fill("77");
  await town.stage.send("PATCH", AT, { settings: { startDeadlineMs: 66_000, agentFailureBudget: 8 } });
  await save(page);
  await page.getByText("nothing is saved yet").waitFor();
  await page.getByText("Somebody else made this of it: “66”.").waitFor();
  expect(await field(page, "startDeadlineMs").inputValue()).toBe("77");
  expect(await field(page, "agentFailureBudget").inputValue()).toBe("8");
  await save(page);
  await says(page, "saved");
  expect(sent.at(-1)).toEqual({ settings: { startDeadlineMs: 77_000 } });
  expect(await settings()).toMatchObject({ startDeadlineMs: 77_000, agentFailureBudget: 8, reworkBudget: 9 });
  await page.context().close();
});

test("what is refused stays as it was typed", async () => {
  const { page } = await show();
  await field(page, "startsPerMinute").fill("3");
  await field(page, "leaseMs").fill("9999999");
  await save(page);
  await field(page, "leaseMs").and(page.locator("[aria-invalid]")).waitFor();
  expect(await field(page, "startsPerMinute").inputValue()).toBe("3");
  expect(await field(page, "leaseMs").inputValue()).toBe("9999999");
  expect(await page.locator("main form [role=status]").innerText()).toBe("");
  await page.context().close();
});
