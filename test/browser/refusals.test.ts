/** What is refused is said at its field, in the units and words of the form, and is still there. */
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { AT, aHeldTown } from "./held-town.ts";

const town = aHeldTown();

const field = (page: Page, name: string) => page.locator(`form [name="${name}"]`);
const press = (page: Page, name: string) => page.getByRole("button", { name, exact: true }).click();
const isClosed = (page: Page) => page.getByRole("dialog").waitFor({ state: "detached" });
/** What stands below a field, once something does. */
const said = async (page: Page, name: string): Promise<string> => {
  await field(page, name).and(page.locator("[aria-invalid]")).waitFor();
  return page
    .locator(".field")
    .filter({ has: page.locator(`[name="${name}"]`) })
    .locator(".bad")
    .innerText();
};

test("a bound is told in minutes and seconds where those are filled in, and as it is where a count is", async () => {
  const { page } = await town.show("/agents");
  for (const [button, name] of [
    ["Edit ada", "maxRunMs"],
    ["Edit lib", "maxGateMs"],
  ] as const) {
    await press(page, button);
    await field(page, name).fill("9999999");
    await press(page, "Save");
    expect(await said(page, name)).toMatch(/^Must be at most [\d.]+ minutes$/);
    expect(await field(page, name).inputValue()).toBe("9999999");
    await page.keyboard.press("Escape");
    await isClosed(page);
  }
  await page.goto(`${town.stage.url}/t/home/settings`);
  await field(page, "leaseMs").fill("9999999");
  await field(page, "startsPerMinute").fill("0");
  await press(page, "Save");
  expect(await said(page, "leaseMs")).toBe("Must be at most 604800 seconds");
  expect(await said(page, "startsPerMinute")).toBe("Must be at least 1");
  await field(page, "startsPerMinute").fill("5");
  await field(page, "leaseMs").fill("10");
  await field(page, "heartbeatMs").fill("9");
  await press(page, "Save");
  await page.getByText("(10 seconds) must be at least twice the time between two heartbeats (9 seconds)").waitFor();
  expect(await page.locator("main").innerText()).not.toMatch(/leaseMs|heartbeatMs/);
  await page.context().close();
});

test("a name that is taken, too long or written otherwise is refused at the name, with an example of its own", async () => {
  const { page } = await town.show("/agents");
  await press(page, "Add a rig");
  await field(page, "repoUrl").fill("/repos/app.git");
  await field(page, "id").fill("lib");
  await press(page, "Add the rig");
  const taken = await said(page, "id");
  expect(taken).toContain("Choose another name.");
  await field(page, "id").fill("My Rig");
  await press(page, "Add the rig");
  await expect.poll(() => said(page, "id")).toMatch(/such as app$/);
  await field(page, "id").fill("x".repeat(61));
  await press(page, "Add the rig");
  await expect.poll(() => said(page, "id")).toBe("Must have at most 48 characters");
  await page.context().close();
});

test("a list is counted from 1, by the lines that stand there, and the dashes of a pasted one are no titles", async () => {
  const { page } = await town.show("/board");
  await page.keyboard.press("+");
  await press(page, "Many, a line each");
  await field(page, "titles").fill(`- First\n\n* Second\n${"x".repeat(201)}`);
  await press(page, "Create the beads");
  expect(await said(page, "titles")).toBe("The 4th line must have at most 200 characters");
  await field(page, "titles").fill("- First\n\n* Second\n- [ ] Third\nFourth - with a dash");
  await press(page, "Create the beads");
  await isClosed(page);
  const { items } = (await town.stage.send("GET", `${AT}/beads`)) as { items: { title: string }[] };
  expect(items.map(({ title }) => title).sort()).toEqual(["First", "Fourth - with a dash", "Second", "Third"]);
  await page.keyboard.press("+");
  await press(page, "One");
  await field(page, "title").fill("One");
  await field(page, "labels").fill(`a, ${"y".repeat(61)}, c`);
  await press(page, "Create the bead");
  expect(await said(page, "labels")).toBe("The 2nd must have at most 60 characters");
  await page.context().close();
});

test("why is said, and not with spaces alone", async () => {
  const { id } = await town.stage.send("POST", `${AT}/beads`, { rig: "lib", title: "Hold me" });
  const { page } = await town.show(`/beads/${id}`);
  await press(page, "Hold");
  await field(page, "why").fill("  \n ");
  await page.getByRole("dialog").getByRole("button", { name: "Hold" }).click();
  expect(await said(page, "why")).toBe("Say why.");
  await field(page, "why").and(page.locator(":focus")).waitFor();
  await field(page, "why").fill("  because  ");
  await page.keyboard.press("Control+Enter");
  await isClosed(page);
  expect(await town.stage.send("GET", `${AT}/beads/${id}`)).toMatchObject({ hold: { why: "because" } });
  await page.context().close();
});

test("a field says in what format it takes a number", async () => {
  const { page } = await town.show("/settings");
  await field(page, "startsPerMinute").fill("1.5");
  await field(page, "leaseMs").fill("soon");
  for (const [name, words] of [
    ["startsPerMinute", "A whole number, such as 12"],
    ["leaseMs", "A number, such as 2 or 1.5"],
  ] as const) {
    const { title, valid } = await field(page, name).evaluate((input: HTMLInputElement) => ({
      title: input.title,
      valid: input.validity.patternMismatch,
    }));
    expect([title, valid]).toEqual([words, true]);
  }
  await page.context().close();
});
