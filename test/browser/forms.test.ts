/** What is filled in on the page: by keys, with all that is wrong of it said where it is, and nothing of it lost. */
import { expect, test } from "vitest";
import { aHeldTown } from "./held-town.ts";

const town = aHeldTown();

test("`+` begins at the title; Esc keeps what is written, Ctrl+Enter sends it, and then it is gone", async () => {
  const { page, complaints } = await town.show();
  await page.keyboard.press("+");
  await page.getByLabel("Title").and(page.locator(":focus")).waitFor();
  await page.keyboard.type("Add a flag");
  await page.getByLabel("What is to be done").fill("It is called --version.");
  await page.getByLabel("Priority").selectOption("1");
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.keyboard.press("+");
  expect(await page.getByLabel("Title").inputValue()).toBe("Add a flag");
  expect(await page.getByLabel("What is to be done").inputValue()).toBe("It is called --version.");
  expect(await page.getByLabel("Priority").inputValue()).toBe("1");
  await page.getByLabel("What is to be done").focus();
  await page.keyboard.press("Control+Enter");
  await page.getByRole("heading", { name: "Add a flag" }).waitFor();
  await page.keyboard.press("+");
  expect(await page.getByLabel("Title").inputValue()).toBe("");
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Hold" }).click();
  await page.getByLabel("Why").and(page.locator(":focus")).waitFor();
  await page.keyboard.type("until the release is out");
  await page.keyboard.press("Control+Enter");
  await page.locator(".explained").getByText("until the release is out").first().waitFor();
  expect(await town.stage.send("GET", "/v1/towns/home/beads")).toMatchObject({ items: [{ title: "Add a flag" }] });
  expect(complaints).toEqual([]);
  await page.context().close();
});

test("each field that is not taken says why, the first has the focus, and no request is told to who has a button", async () => {
  const { page } = await town.show();
  await page.keyboard.press("+");
  await page.getByLabel("Title").fill("x".repeat(201));
  await page.getByLabel("Labels").fill(`${"y".repeat(200)}, ok`);
  await page.getByRole("button", { name: "Create the bead" }).click();
  const marked = page.locator("[aria-invalid=true]");
  await marked.first().waitFor();
  expect(await marked.evaluateAll((fields) => fields.map((field) => field.getAttribute("name")))).toEqual([
    "title",
    "labels",
  ]);
  await page.getByLabel("Title").and(page.locator(":focus")).waitFor();
  for (const field of await marked.all()) {
    const id = await field.getAttribute("aria-describedby");
    expect(await page.locator(`[id="${id}"]`).innerText()).toMatch(/at most/);
  }
  const text = await page.getByRole("dialog").innerText();
  expect(text).not.toMatch(/more\)|`errors`/);
  await page.keyboard.press("Escape");
  await page.locator(".verdict").getByRole("button", { name: "Resume" }).waitFor();
  expect(await page.locator("main").innerText()).not.toMatch(/(GET|POST|PATCH|DELETE) /);
  await page.context().close();
});

test("the tool that is picked is the one that is added, whatever else is filled in or refused before", async () => {
  const { page } = await town.show("/agents");
  const sent: unknown[] = [];
  page.on("request", (request) => {
    if (request.method() === "POST" && request.url().endsWith("/agents")) sent.push(request.postDataJSON());
  });
  const field = (name: string) => page.locator(`dialog [name=${name}]`);
  const add = page.getByRole("button", { name: "Add the agent" });
  const order = ["claude", "codex", "gemini", "opencode", "exec"];
  const fillIn = async (preset: string, id: string) => {
    await page.getByRole("button", { name: "Add an agent" }).click();
    await field("id").fill("ada");
    // By keys, as people do: what is drawn anew while a key is heard takes nothing back.
    await field("preset").focus();
    await page.keyboard.press("Home");
    for (let nth = 0; nth < order.indexOf(preset); nth++) await page.keyboard.press("ArrowDown");
    expect(await field("preset").inputValue()).toBe(preset);
    if (preset === "exec") await field("command").fill("./run.sh 'two words'");
    else await field("model").fill(`of-${preset}`);
    await add.click();
    await page.getByRole("dialog").getByRole("alert").waitFor();
    expect(await field("preset").inputValue()).toBe(preset);
    await field("id").fill(id);
  };
  for (const preset of ["exec", "codex", "gemini", "opencode", "claude"]) {
    await fillIn(preset, `by-${preset}`);
    sent.length = 0;
    await add.click();
    await page.getByRole("heading", { name: `Agent by-${preset}` }).waitFor();
    await page.keyboard.press("Escape");
    const how = preset === "exec" ? { command: ["./run.sh", "two words"] } : { preset, model: `of-${preset}` };
    expect(sent).toEqual([{ id: `by-${preset}`, rig: "lib", ...how }]);
  }
  await page.context().close();
});

test("what a field that is put away had in it is there again with the field", async () => {
  const { page } = await town.show("/agents");
  const field = (name: string) => page.locator(`dialog [name=${name}]`);
  await page.getByRole("button", { name: "Add an agent" }).click();
  await field("preset").selectOption("exec");
  await field("command").fill("./run.sh");
  await field("preset").selectOption("codex");
  expect(await field("command").count()).toBe(0);
  await field("preset").selectOption("exec");
  expect(await field("command").inputValue()).toBe("./run.sh");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Add an agent" }).click();
  expect([await field("preset").inputValue(), await field("command").inputValue()]).toEqual(["exec", "./run.sh"]);
  await page.context().close();
});

test("what is due is due now, and a bead that waits for its agent is not said to run", async () => {
  const { id } = await town.stage.send("POST", "/v1/towns/home/beads", { rig: "lib", title: "Hooked" });
  const sql = (text: string, ...bindings: (string | number)[]) =>
    town.stage.test({ town: "home", sql: text, bindings });
  await sql("UPDATE beads SET status = 'in_progress', agent_id = 'ada' WHERE id = ?", String(id));
  await sql("UPDATE agents SET bead_id = ? WHERE id = 'ada'", String(id));
  const { page } = await town.show();
  const figure = (name: string) =>
    page
      .locator(".figures > div")
      .filter({ has: page.getByText(name, { exact: true }) })
      .locator("dd");
  await expect.poll(() => figure("waiting for their agent").innerText()).toBe("1");
  expect(await figure("running").innerText()).toBe("0");
  await sql("UPDATE agents SET bead_id = NULL");
  const { id: waits } = await town.stage.send("POST", "/v1/towns/home/beads", { rig: "lib", title: "Waits" });
  await sql("UPDATE town SET paused = NULL, next_wake_at_ms = ?", Date.now() - 2_000);
  await page.goto(`${town.stage.url}/t/home/beads/${waits}`);
  await page.locator(".explained").getByText("The town looks at it again now.").waitFor();
  await page.context().close();
});
