/** What the page says, and how it shows what somebody else wrote. */
import { expect, test } from "vitest";
import { AT, aHeldTown } from "./held-town.ts";

const town = aHeldTown();

const sql = (text: string, ...bindings: (string | number | null)[]) =>
  town.stage.test({ town: "home", sql: text, bindings });

test("a title that turns the order of letters turns nothing but itself, and that it does is seen", async () => {
  const { id } = await town.stage.send("POST", `${AT}/beads`, { rig: "lib", title: "safe \u202Eexe.fdp" });
  const { page } = await town.show("/board");
  const title = page.locator(".card .title bdi");
  await title.getByText("safe [U+202E]exe.fdp").waitFor();
  await page.goto(`${town.stage.url}/t/home/beads/${id}`);
  await page.getByRole("heading", { name: "safe [U+202E]exe.fdp" }).waitFor();
  // Where it is changed it is what it is.
  await page.getByRole("button", { name: "Edit", exact: true }).click();
  expect(await page.locator("dialog [name=title]").inputValue()).toBe("safe \u202Eexe.fdp");
  await page.context().close();
});

test("a pause is told in whole sentences, with a time as all others; it is ended by the same button at the top and below", async () => {
  const until = new Date(Date.now() + 3_600_000).toISOString();
  await town.stage.send("PATCH", AT, { paused: { why: "deploying", until } });
  const { page } = await town.show();
  await page
    .locator(".verdict p")
    .getByText(/Paused by operator (now|\d+ s ago): deploying\. It goes on by itself in \d+ min\./)
    .waitFor();
  expect(await page.locator("main").innerText()).not.toMatch(/\d{4}-\d\d-\d\dT/);
  await page.locator(".top").getByRole("button", { name: "Resume" }).click();
  await page.locator(".top").getByRole("button", { name: "Pause" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Pause" }).click();
  await page.locator(".verdict p").getByText("paused from the page. It stays so until somebody resumes it.").waitFor();
  await page.goto(`${town.stage.url}/t/home/settings`);
  await page.getByText("All of its history is here still.").waitFor();
  await page.context().close();
});

test("a search without a hit says so, and a form begins with the rig that is looked at", async () => {
  await town.stage.send("POST", `${AT}/rigs`, { id: "app", repoUrl: "/repos/app.git", defaultBranch: "main" });
  await town.stage.send("POST", `${AT}/rigs`, { id: "web", repoUrl: "/repos/web.git", defaultBranch: "main" });
  const { page } = await town.show("/board");
  await page.getByPlaceholder("Search").fill("nobody wrote this");
  await page.getByText("No bead has these words.").waitFor();
  await page.getByPlaceholder("Search").fill("");
  const rig = page.locator("dialog [name=rig]");
  const filter = page.locator(".filters select");
  for (const id of ["web", "app"]) {
    await filter.selectOption(id);
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Create a bead" }).click();
    expect(await rig.inputValue()).toBe(id);
    await page.keyboard.press("Escape");
  }
  await filter.selectOption("");
  await page.getByRole("button", { name: "Create a bead" }).click();
  await rig.selectOption("web");
  await page.locator("dialog [name=title]").fill("For the web");
  await page.keyboard.press("Control+Enter");
  await page.getByRole("heading", { name: "For the web" }).waitFor();
  await page.getByRole("link", { name: "Agents" }).click();
  await page.getByRole("button", { name: "Add an agent" }).click();
  expect(await rig.inputValue()).toBe("web");
  await page.context().close();
});

test("on a phone a life keeps its words, and of what was printed the try is shown that printed something", async () => {
  const { id } = await town.stage.send("POST", `${AT}/beads`, { rig: "lib", title: "Tried" });
  const begin = Date.now() - 60_000;
  const attempt = (fence: number, kind: string, tail: string) =>
    sql(
      `INSERT INTO attempts (fence, kind, rig_id, bead_id, agent_id, state, started_at_ms, ended_at_ms, lease_until_ms, output_tail)
       VALUES (?, ?, 'lib', ?, 'ada', 'failed', ?, ?, 0, ?)`,
      ...[fence, kind, String(id), begin + fence, begin + fence + 500, tail],
    );
  await sql("INSERT INTO attempt_logs (fence, seq, at_ms, text) VALUES (901, 1, ?, 'it printed this')", begin);
  await attempt(901, "run", "it printed this");
  await attempt(902, "landing", "");
  const { page } = await town.show(`/beads/${id}`, { viewport: { width: 390, height: 844 } });
  await page.locator(".waterfall").getByText("failed").first().waitFor();
  await page.getByRole("button", { name: "run 901", pressed: true }).waitFor();
  await page.locator(".printed").getByText("it printed this").waitFor();
  await page.getByRole("button", { name: "landing 902" }).click();
  await page.getByText("Nothing, or nothing that is kept still.").waitFor();
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
  await page.context().close();
});

test("before something is removed, what stands in its way is said", async () => {
  const { id } = await town.stage.send("POST", `${AT}/beads`, { rig: "lib", title: "In the way" });
  const { page } = await town.show("/agents");
  await page.getByRole("button", { name: "Remove lib", exact: true }).click();
  const said = page.locator("dialog p.warn");
  await said.getByText("It has agents: ada. Remove them first.").waitFor();
  await said.getByText(/It has beads that are not over: .*Close or cancel them\./).waitFor();
  expect((await said.allInnerTexts()).join(" ")).toContain(String(id));
  await page.context().close();
});
