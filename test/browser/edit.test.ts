/** What there is, changed and removed on the page: for the version that was read, with nothing lost of what was written. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { repoRoot } from "../../cli/paths.ts";
import { accessibilityFaults } from "./browser.ts";
import { AT, aHeldTown } from "./held-town.ts";

const town = aHeldTown();

const aBead = async (title: string): Promise<string> => {
  const { id } = await town.stage.send("POST", `${AT}/beads`, { rig: "lib", title, labels: ["old"] });
  return String(id);
};
const press = (page: Page, name: string) => page.getByRole("button", { name, exact: true }).click();
const isClosed = (page: Page) => page.getByRole("dialog").waitFor({ state: "detached" });
/** What a host finds of an agent that was changed is shown, as when it is added. */
const isLookedAt = async (page: Page) => {
  const dialog = page.getByRole("dialog", { name: "Agent bob" });
  await dialog.getByText("It is saved.").waitFor();
  for (const name of ["Edit bob", "Look again"]) await dialog.getByRole("button", { name }).waitFor();
  await page.keyboard.press("Escape");
  await isClosed(page);
};
const field = (page: Page, name: string) => page.locator(`dialog [name=${name}]`);

test("a bead is edited by keys; what others changed meanwhile is said at each field, and nothing that was written is lost", async () => {
  const id = await aBead("Add a flag");
  const { page, complaints } = await town.show(`/beads/${id}`);
  await page.getByRole("heading", { name: "Add a flag" }).waitFor();
  await page.keyboard.press("e");
  await page.getByLabel("Title").and(page.locator(":focus")).waitFor();
  await field(page, "title").fill("Add a --version flag");
  await field(page, "body").fill("It prints the version.");
  await town.stage.send("PATCH", `${AT}/beads/${id}`, {
    body: "It prints a name.",
    labels: ["docs"],
    hold: { why: "wait" },
  });
  await page.keyboard.press("Control+Enter");
  await page.getByText("nothing is saved yet").waitFor();
  await field(page, "body").and(page.locator(":focus")).waitFor();
  expect(await field(page, "title").inputValue()).toBe("Add a --version flag");
  expect(await field(page, "body").inputValue()).toBe("It prints the version.");
  expect(await field(page, "labels").inputValue()).toBe("docs");
  const marks = await page.locator("dialog .field .bad").allInnerTexts();
  expect(marks).toEqual([
    "Somebody else made this of it: “It prints a name.”. Saved again, yours takes its place.",
    "Somebody else changed it, to what stands here now.",
  ]);
  expect(await town.stage.send("GET", `${AT}/beads/${id}`)).toMatchObject({
    title: "Add a flag",
    body: "It prints a name.",
  });
  await page.keyboard.press("Control+Enter");
  await isClosed(page);
  expect(await town.stage.send("GET", `${AT}/beads/${id}`)).toMatchObject({
    ...{ title: "Add a --version flag", body: "It prints the version.", labels: ["docs"], hold: { why: "wait" } },
  });
  await page.getByRole("heading", { name: "Add a --version flag" }).waitFor();

  // Kept when it is closed, until it is begun anew.
  await page.keyboard.press("e");
  await field(page, "acceptance").fill("A test says so.");
  await page.keyboard.press("Escape");
  await isClosed(page);
  await town.stage.send("PATCH", `${AT}/beads/${id}`, { priority: 0 });
  await press(page, "Edit");
  await page.getByText("What you wrote before is still here.").waitFor();
  expect(await field(page, "acceptance").inputValue()).toBe("A test says so.");
  await press(page, "Begin anew");
  await expect.poll(() => field(page, "acceptance").inputValue()).toBe("");
  expect(await field(page, "priority").inputValue()).toBe("0");
  // A refusal of the browser's own is none.
  expect(complaints.filter((text) => !/412/.test(text))).toEqual([]);
  await page.context().close();
});

test("what is no field of the form is in nobody's way", async () => {
  const id = await aBead("Held meanwhile");
  const { page } = await town.show(`/beads/${id}`);
  await press(page, "Edit");
  await field(page, "labels").fill("new");
  await town.stage.send("PATCH", `${AT}/beads/${id}`, { hold: { why: "wait" } });
  await press(page, "Save");
  await isClosed(page);
  expect(await town.stage.send("GET", `${AT}/beads/${id}`)).toMatchObject({ labels: ["new"], hold: { why: "wait" } });
  await page.context().close();
});

test("an agent gets another command, other limits and variables, and then another tool; what is not taken says so where it is", async () => {
  await town.stage.send("POST", `${AT}/agents`, {
    id: "bob",
    rig: "lib",
    command: ["true"],
    env: { OLD: "1", KEPT: "2" },
  });
  const { page } = await town.show("/agents");
  const agent = () => town.stage.send("GET", `${AT}/agents/bob`);
  await press(page, "Edit bob");
  expect(await field(page, "model").count()).toBe(0);
  await field(page, "command").fill("./run.sh 'two words'");
  await field(page, "maxRunMs").fill("0");
  await field(page, "envChanges").fill("KEY=a=b");
  await press(page, "Save");
  await page.locator("dialog [aria-invalid]").and(page.locator(":focus")).waitFor();
  expect(await field(page, "maxRunMs").getAttribute("aria-invalid")).toBe("true");
  await field(page, "maxRunMs").fill("1.5");
  await field(page, "envChanges").fill("KEY=a=b\nnot a variable");
  await press(page, "Save");
  await expect.poll(() => field(page, "envChanges").getAttribute("aria-invalid")).toBe("true");
  expect(await page.getByRole("dialog").innerText()).not.toContain("not a variable");
  await field(page, "envChanges").fill("KEY=a=b\n-OLD");
  await press(page, "Save");
  await isLookedAt(page);
  expect(await agent()).toMatchObject({ command: ["./run.sh", "two words"], preset: "exec", maxRunMs: 90_000 });
  expect(((await agent()).env as string[]).sort()).toEqual(["KEPT", "KEY"]);
  await page.getByRole("button", { name: "Edit bob", exact: true }).and(page.locator(":focus")).waitFor();

  await press(page, "Edit bob");
  await field(page, "preset").selectOption("claude");
  await field(page, "model").fill("opus");
  await field(page, "maxCostUsd").fill("2.5");
  expect(await field(page, "command").count()).toBe(0);
  await press(page, "Save");
  await isLookedAt(page);
  expect(await agent()).toMatchObject({ preset: "claude", model: "opus", maxCostUsd: 2.5, driver: "exec" });
  await press(page, "Edit bob");
  await field(page, "command").fill("wrapped-claude {prompt}");
  await field(page, "resume").selectOption("true");
  await press(page, "Save");
  await page.getByRole("alert").getByText("go on with a session").waitFor();
  await field(page, "resume").selectOption("");
  await press(page, "Save");
  await isLookedAt(page);
  const own = { preset: "claude", model: "opus", command: ["wrapped-claude", "{prompt}"] };
  expect(await agent()).toMatchObject(own);
  await press(page, "Edit bob");
  await field(page, "preset").selectOption("exec");
  await field(page, "command").fill("true");
  await press(page, "Save");
  await isLookedAt(page);
  expect(await agent()).toMatchObject({ preset: "exec", command: ["true"], driver: "exec" });

  // What is asked for no more is said no more.
  await press(page, "Edit bob");
  await field(page, "driver").selectOption("acp");
  await field(page, "model").fill("small");
  await press(page, "Save");
  await isLookedAt(page);
  expect(await agent()).toMatchObject({ preset: "exec", driver: "acp", model: "small" });
  await press(page, "Edit bob");
  await field(page, "driver").selectOption("exec");
  await press(page, "Save");
  await isLookedAt(page);
  expect(await agent()).toMatchObject({ command: ["true"], driver: "exec", model: null });

  // From what is found a further edit is a press away.
  await press(page, "Edit bob");
  await field(page, "maxRunMs").fill("2");
  await press(page, "Save");
  await page.getByRole("dialog").getByRole("button", { name: "Edit bob" }).click();
  await expect.poll(() => field(page, "maxRunMs").inputValue()).toBe("2");
  await page.keyboard.press("Escape");
  await isClosed(page);
  await town.stage.send("DELETE", `${AT}/agents/bob`);
  await page.context().close();
});

test("a rig's gate and caps are changed, and taken away", async () => {
  const { page } = await town.show("/agents");
  const rig = () => town.stage.send("GET", `${AT}/rigs/lib`);
  await press(page, "Edit lib");
  await field(page, "gate").fill("make test | tee log");
  await field(page, "maxAgents").fill("3");
  await field(page, "landingsAtOnce").fill("2");
  await field(page, "trailers").selectOption("false");
  await field(page, "startFrom").selectOption("main");
  await press(page, "Save");
  await isClosed(page);
  const gate = ["sh", "-c", "make test | tee log"];
  const set = { gate, maxAgents: 3, landingsAtOnce: 2, trailers: false, startFrom: "main" };
  expect(await rig()).toMatchObject(set);
  await press(page, "Edit lib");
  expect(await field(page, "gate").inputValue()).toBe("sh -c 'make test | tee log'");
  for (const name of ["gate", "maxAgents"]) await field(page, name).fill("");
  await field(page, "landingsAtOnce").fill("1");
  for (const name of ["trailers", "startFrom"]) await field(page, name).selectOption("");
  await press(page, "Save");
  await isClosed(page);
  expect(await rig()).toMatchObject({
    gate: null,
    maxAgents: null,
    landingsAtOnce: 1,
    trailers: null,
    startFrom: null,
  });
  await page.context().close();
});

test("what is removed says what is in its way, and is brought back by the button that has the focus then", async () => {
  await town.stage.send("POST", `${AT}/rigs`, { id: "app", repoUrl: "/repos/app.git", defaultBranch: "main" });
  await town.stage.send("POST", `${AT}/agents`, { id: "cleo", rig: "app", command: ["true"] });
  const { page } = await town.show("/agents");
  await press(page, "Remove app");
  await page.getByRole("dialog").getByRole("button", { name: "Remove app" }).click();
  const refusal = page.getByRole("alert");
  await refusal.getByText("Rig app has agents, such as cleo.").waitFor();
  await refusal.getByText("Remove its agents first.").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Remove app", exact: true }).and(page.locator(":focus")).waitFor();
  await town.stage.test({ town: "home", sql: "UPDATE agents SET bead_id = 'lib-1' WHERE id = ?", bindings: ["cleo"] });
  await press(page, "Remove cleo");
  await page.getByRole("dialog").getByRole("button", { name: "Remove cleo" }).click();
  await refusal.getByText("Hold the bead, which takes it off. Then it may go to another agent.").waitFor();
  await town.stage.test({ town: "home", sql: "UPDATE agents SET bead_id = NULL WHERE id = ?", bindings: ["cleo"] });
  for (const id of ["cleo", "app"]) {
    if (id === "app") await press(page, "Remove app");
    await page
      .getByRole("dialog")
      .getByRole("button", { name: `Remove ${id}` })
      .click();
    await isClosed(page);
    await page
      .getByRole("button", { name: `Bring ${id} back` })
      .and(page.locator(":focus"))
      .waitFor();
  }
  await press(page, "Bring cleo back");
  await page.getByRole("alert").getByText("Bring the rig back first.").waitFor();
  await press(page, "Bring app back");
  await page.getByRole("button", { name: "Edit app", exact: true }).waitFor();
  await press(page, "Bring cleo back");
  await page.getByRole("button", { name: "Edit cleo", exact: true }).waitFor();
  for (const what of ["agents/cleo", "rigs/app"]) await town.stage.send("DELETE", `${AT}/${what}`);
  await page.context().close();
});

test("a convoy that is over is removed, and brought back", async () => {
  await town.stage.send("POST", `${AT}/convoys`, { id: "past", title: "Past", beads: [{ rig: "lib", title: "One" }] });
  await town.stage.send("POST", `${AT}/convoys/past/cancel`, { reason: "not needed" });
  const { page } = await town.show("/convoys/past");
  page.on("dialog", (dialog) => dialog.accept());
  await press(page, "Remove it from the list");
  await page.getByRole("button", { name: "Bring past back" }).and(page.locator(":focus")).waitFor();
  await page.keyboard.press("Enter");
  await page.getByRole("link", { name: "Past" }).waitFor();
  await page.context().close();
});

/** What is changed by a button of its own, or by nobody on a page. */
const ELSEWHERE = ["paused", "enabled", "env", "hold", "metadata"];
const { paths } = JSON.parse(readFileSync(join(repoRoot, "openapi.json"), "utf8"));

test.each(["light", "dark"] as const)(
  "the forms have each field of the contract, no fault that axe finds, and fit a phone: %s",
  async (colorScheme) => {
    const id = await aBead("Look at it");
    const { page } = await town.show("/agents", { colorScheme, viewport: { width: 390, height: 844 } });
    for (const [kind, path, button] of [
      ["agent", "/agents", "Edit ada"],
      ["rig", "/agents", "Edit lib"],
      ["bead", `/beads/${id}`, "Edit"],
      ["", "/agents", "Remove ada"],
    ] as const) {
      await page.goto(`${town.stage.url}/t/home${path}`);
      await press(page, button);
      await page.locator("dialog form button[type=submit]").waitFor();
      if (kind === "agent") await field(page, "driver").selectOption("acp");
      if (kind !== "") {
        const { schema } = paths[`/v1/towns/{town}/${kind}s/{${kind}}`].patch.requestBody.content["application/json"];
        const wanted = Object.keys(schema.properties).filter((name) => !ELSEWHERE.includes(name));
        const names = await page
          .locator("dialog [name]")
          .evaluateAll((all) => all.map((one) => one.getAttribute("name")));
        expect(names.sort()).toEqual(wanted.sort());
      }
      expect(await accessibilityFaults(page), button).toEqual([]);
      const wide = await page.evaluate(() => {
        const dialog = document.querySelector("dialog[open]") as HTMLElement;
        return [document.documentElement.scrollWidth, dialog.scrollWidth - dialog.clientWidth];
      });
      expect(wide, button).toEqual([390, 0]);
    }
    await page.context().close();
  },
);
