/** How it is used: by keys, in any zone, on a phone. */
import type { Browser } from "playwright-core";
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

const sql = (town: string, text: string, ...bindings: (string | number)[]) => stage.test({ town, sql: text, bindings });

test("keys press what is there, `?` lists them all, and they can be turned off", async () => {
  await aTown(stage, "keyed");
  const ids: string[] = [];
  for (const title of ["First", "Second", "Third"])
    ids.push(String((await stage.send("POST", "/v1/towns/keyed/beads", { rig: "lib", title })).id));
  await sql("keyed", "UPDATE beads SET status = 'failed', closed_at_ms = ?", Date.now());
  const statusOf = async (id = "") => (await stage.send("GET", `/v1/towns/keyed/beads/${id}`)).status;
  const { page, complaints } = await open(browser, { url: stage.url, token: TOKEN, path: "/t/keyed/review" });
  const shown = page.locator("h2.large");
  await shown.waitFor();
  const all = new Set<string>();
  const gather = async () => {
    for (const one of await page.locator("[aria-keyshortcuts]").all())
      all.add((await one.getAttribute("aria-keyshortcuts")) ?? "");
  };
  await gather();
  const [first, second] = [await shown.innerText(), page.getByRole("button", { name: "Next" })];
  await page.keyboard.press("j");
  await expect.poll(() => shown.innerText()).not.toBe(first);
  await page.keyboard.press("k");
  await expect.poll(() => shown.innerText()).toBe(first);
  await second.click();
  await page.keyboard.press("o");
  await page.getByRole("heading", { level: 1, name: "Second" }).waitFor();
  await gather();
  await page.keyboard.press("t");
  await expect.poll(() => statusOf(ids[1])).toBe("open");
  const hold = page.getByRole("button", { name: "Hold", exact: true });
  await hold.waitFor();
  await gather();
  await page.keyboard.press("h");
  await page.getByLabel("Why").fill("not now");
  // What is typed is no key.
  expect(await statusOf(ids[1])).toBe("open");
  const dialog = page.getByRole("dialog");
  const closed = () => dialog.waitFor({ state: "detached" });
  await dialog.getByRole("button", { name: "Hold" }).click();
  await closed();
  await page.getByRole("button", { name: "Release" }).first().waitFor();
  await page.keyboard.press("h");
  await hold.waitFor();
  await page.keyboard.press("x");
  await dialog.getByRole("heading", { name: `Cancel ${ids[1]}` }).waitFor();
  await page.keyboard.press("Escape");
  await closed();
  await page.keyboard.press("d");
  await dialog.getByRole("heading", { name: `Close ${ids[1]}` }).waitFor();
  await page.keyboard.press("Escape");
  await closed();
  const failure = { kind: "rejected", code: "push_declined", message: "The branch is protected.", atMs: Date.now() };
  await sql("keyed", "UPDATE beads SET status = 'in_review' WHERE id = ?", ids[2] ?? "");
  await sql(
    "keyed",
    "UPDATE rigs SET landing_trouble = ?",
    JSON.stringify({ failure, untilMs: Date.now() + 3_600_000 }),
  );
  await page.goto(`${stage.url}/t/keyed/review`);
  await page.locator(".review-list").getByText("Third").click();
  await page.getByText("lib is in trouble: The branch is protected.").waitFor();
  await gather();
  await page.keyboard.press("a");
  await page.getByText("lib is in trouble").waitFor({ state: "detached" });
  await page.keyboard.press("g");
  await page.keyboard.press("b");
  await page.keyboard.press("/");
  await page.keyboard.type("Third");
  await page.getByText("1 of 3 beads").waitFor();
  await gather();
  await page.locator("body").click();
  await page.keyboard.press("?");
  const listed = (await dialog.locator("dt").allInnerTexts()).map((text) => text.trim());
  expect(listed.filter((text) => text.length === 1).sort()).toEqual([...all].sort());
  await dialog.getByLabel("Single keys are heard").uncheck();
  await page.keyboard.press("Escape");
  await closed();
  await page.keyboard.press("g");
  await page.keyboard.press("v");
  await page.keyboard.press("?");
  expect([await dialog.count(), page.url()]).toEqual([0, `${stage.url}/t/keyed/board`]);
  expect(complaints).toEqual([]);
  await page.context().close();
});

test("what each run was told to do is read when it is asked for, as text", async () => {
  const { id } = await stage.send("POST", "/v1/towns/home/beads", {
    rig: "lib",
    title: "Say it",
    body: "<img src=x>\u202eThen stop.",
  });
  await sql(
    "home",
    `INSERT INTO attempts (fence, kind, rig_id, bead_id, agent_id, state, started_at_ms, ended_at_ms, lease_until_ms)
      VALUES (901, 'run', 'lib', ?1, 'ada', 'failed', ?2, ?2, ?2), (902, 'run', 'lib', ?1, 'ada', 'failed', ?3, ?3, ?3)`,
    ...[String(id), Date.now() - 1_000, Date.now() + 60_000],
  );
  await stage.send("PATCH", `/v1/towns/home/beads/${id}`, { body: "<img src=x>\u202eThen go on." });
  const { page, asked } = await open(browser, { url: stage.url, token: TOKEN, path: `/t/home/beads/${id}` });
  await page.getByText("What run 902 was told to do").waitFor();
  expect(asked.filter((address) => address.includes("/prompt"))).toEqual([]);
  await page.getByText("What run 902 was told to do").click();
  await page.locator("pre").getByText("You are working on bead").waitFor();
  expect(await page.locator("pre", { hasText: "You are working" }).innerText()).toContain("<img src=x>");
  await page.getByText("its host added at the end what that had left").waitFor();
  await page.getByRole("button", { name: "run 901" }).click();
  await page.getByText("What run 901 was told to do").click();
  await page.getByText("Changed since it began, and here as it is now: its body.").waitFor();
  expect(await page.locator("main img").count()).toBe(0);
  await page.context().close();
});

test("times are of the viewer's zone, as dates or as how long ago", async () => {
  const { page } = await open(
    browser,
    { url: stage.url, token: TOKEN, path: "/t/home/loop" },
    { timezoneId: "America/Lima", locale: "en-GB" },
  );
  await page.getByText("Times are of America/Lima, told as how long ago.").waitFor();
  const time = page.locator("td time").first();
  expect(await time.getAttribute("title")).toMatch(/, \d\d:\d\d:\d\d GMT-5$/);
  await page.goto(`${stage.url}/t/home/settings`);
  const made = page.getByText("The town was made").locator("time").first();
  await made.getByText("ago").waitFor();
  await page.keyboard.press(".");
  await made.getByText(/^\d\d:\d\d:\d\d$/).waitFor();
  await page.reload();
  await made.getByText(/^\d\d:\d\d:\d\d$/).waitFor();
  await page.context().close();
});

/** Nearly as long as a name may be, with nowhere to break. */
const LONG = "x".repeat(48);

/** What makes the page wider than the screen of 390, and what moves. */
function sidewaysOrMoving(): string[] {
  const root = document.documentElement;
  const wide = [...document.body.querySelectorAll("*")].filter(
    (element) =>
      element.getBoundingClientRect().right > 391 && !element.closest(".scroll, .beats, .nav, .command, pre"),
  );
  return [
    ...(root.scrollWidth > 390
      ? [`${root.scrollWidth} wide`, ...wide.map(({ outerHTML }) => outerHTML.slice(0, 160))]
      : []),
    ...(document.getAnimations().length > 0 ? ["something moves"] : []),
  ];
}

test("on a phone no page scrolls sideways, and for who wants no motion nothing moves", async () => {
  const at = "/v1/towns/long";
  await aTown(stage, "long");
  await stage.send("POST", `${at}/rigs`, { id: LONG, repoUrl: `/repos/${LONG}/${LONG}.git`, defaultBranch: "main" });
  await stage.send("POST", `${at}/agents`, { id: LONG, rig: LONG, command: [`/bin/${LONG}${LONG}`] });
  const bead = { rig: LONG, title: LONG.repeat(3), body: LONG.repeat(9), acceptance: LONG.repeat(9), labels: [LONG] };
  const { id } = await stage.send("POST", `${at}/beads`, bead);
  await stage.send("POST", `${at}/convoys`, {
    ...{ id: LONG, title: LONG.repeat(3), branch: `${LONG}/${LONG}` },
    beads: [
      { ...bead, ref: "a" },
      { ...bead, dependsOn: ["a"] },
    ],
  });
  await stage.send("PATCH", `${at}/beads/${id}`, { hold: { why: LONG.repeat(9) } });
  await sql(
    "long",
    `INSERT INTO attempts (fence, kind, rig_id, bead_id, agent_id, state, started_at_ms, ended_at_ms, lease_until_ms, branch, output_tail, failure)
      SELECT 1, 'run', rig_id, id, ?1, 'failed', ?2, ?2, ?2, ?1, ?3, NULL FROM beads WHERE id = ?4`,
    ...[LONG, Date.now(), LONG.repeat(20), String(id)],
  );
  await sql("long", "UPDATE beads SET failures = 1, branch = ?, head = ? WHERE id = ?", LONG, LONG, String(id));
  // What waits for a person has a command as long as its name.
  const { id: parked } = await stage.send("POST", `${at}/beads`, bead);
  await sql("long", "UPDATE beads SET status = 'failed', closed_at_ms = ? WHERE id = ?", Date.now(), String(parked));
  const { page } = await open(
    browser,
    { url: stage.url, token: TOKEN, path: "/t/long" },
    { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, reducedMotion: "reduce" },
  );
  // It is signed in before it goes on.
  await page.locator(".item .command").first().waitFor();
  const pages = ["", "/board", "/review", "/loop", "/agents", "/convoys", "/settings", `/beads/${id}`];
  const faults: string[] = [];
  for (const path of [...pages, `/convoys/${LONG}`]) {
    await page.goto(`${stage.url}/t/long${path}`);
    await page.locator("main h1").first().waitFor({ state: "attached" });
    if (path === "") await page.locator(".item .command").first().waitFor();
    const found = await page.evaluate(sidewaysOrMoving);
    faults.push(...found.map((what) => `${path}: ${what}`));
  }
  expect(faults).toEqual([]);
  await page.context().close();
});
