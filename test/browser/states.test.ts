/** The page tells what is so, and nothing where that is not known. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { accessibilityFaults, launch, type Opened, open } from "./browser.ts";
import { aTown, type Stage, setStage, TOKEN } from "./stage.ts";

const MINUTE = 60_000;
const PAGES = ["", "/board", "/review", "/loop", "/agents", "/convoys", "/settings"];

let stage: Stage;
let browser: Browser;
/** Left open while all else is tried. */
let idle: Opened;
let idleSince = { ms: 0, asked: 0 };
let town = "";
let nth = 0;

beforeAll(async () => {
  [stage, browser] = await Promise.all([setStage(), launch()]);
  await stage.send("POST", "/v1/towns", { name: "idle" });
  idle = await open(browser, { url: stage.url, token: TOKEN, path: "/t/idle" });
  await idle.page.locator(".figures").waitFor();
  // What is over is read once.
  const lists = () => idle.asked.filter((address) => /(beads|attempts|ticks|incidents|convoys)\?/.test(address));
  await vi.waitFor(() => expect(lists()).toHaveLength(5), { timeout: 50_000 });
  idleSince = { ms: performance.now(), asked: idle.asked.length };
});
afterAll(async () => {
  await browser?.close();
  await stage?.close();
});
beforeEach(async () => {
  town = `town-${++nth}`;
  // The least that a threshold may be: five seconds and a start.
  await aTown(stage, town, { startDeadlineMs: 1_000, pollStaleThresholdMs: 1 });
  await stage.test({ town, held: true });
});

const show = (path = "", options = {}) =>
  open(browser, { url: stage.url, token: TOKEN, path: `/t/${town}${path}` }, options);
const sql = (text: string, ...bindings: (string | number | null)[]) => stage.test({ town, sql: text, bindings });
const ago = (ms: number) => Date.now() - ms;
const ticked = (startedMs: number | null, completedMs: number | null, wakeMs: number | null) =>
  sql(
    "UPDATE town SET poll_started_at_ms = ?, poll_completed_at_ms = ?, next_wake_at_ms = ?",
    startedMs,
    completedMs,
    wakeMs,
  );
const resume = () => sql("UPDATE town SET paused = NULL");
const red = (page: Page) => page.locator(".banner.red");
const verdict = (page: Page) => page.locator(".top .chip").innerText();

describe("a wedged loop is red, and nothing else is", () => {
  const wedge = async () => {
    await resume();
    await ticked(ago(10 * MINUTE), ago(11 * MINUTE), null);
  };

  test("in flight past its threshold: red on every page, its duration goes on, and it is gone with the next tick", async () => {
    await wedge();
    const { page, complaints } = await show();
    await red(page).waitFor();
    expect(await red(page).innerText()).toContain("No tick has completed for over 11 minutes");
    for (const path of PAGES.slice(1)) {
      await page.goto(`${stage.url}/t/${town}${path}`);
      await red(page).waitFor();
    }
    await page.goto(`${stage.url}/t/${town}/loop`);
    await page.getByRole("button", { name: "Look at everything now" }).click();
    await red(page).waitFor({ state: "detached" });
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test("it turns red by itself while it is looked at, though nothing is heard of a loop that hangs", async () => {
    await resume();
    // Long enough that a busy machine has shown the page before.
    await sql("UPDATE town SET settings = json_set(settings, '$.pollStaleThresholdMs', 30000)");
    await ticked(ago(0), ago(1_000), null);
    const { page } = await show();
    await page.getByRole("heading", { level: 1 }).waitFor();
    expect(await red(page).count()).toBe(0);
    await red(page).waitFor();
    expect(await page.locator("[aria-live]").innerText()).toBe("The dispatch loop is wedged.");
    await page.context().close();
  });

  test("a dismissal counts for this incident: the next one is shown, and so is what is red after what was amber", async () => {
    await wedge();
    const { page } = await show();
    await red(page).getByRole("button", { name: "Dismiss" }).click();
    expect(await red(page).count()).toBe(0);
    await page.reload();
    await page.getByRole("heading", { level: 1 }).waitFor();
    expect(await red(page).count()).toBe(0);
    await ticked(ago(7 * MINUTE), ago(8 * MINUTE), null);
    await page.reload();
    await red(page).waitFor();
    await page.context().close();
  });

  test.each([
    ["paused on purpose", false, () => ticked(ago(10 * MINUTE), ago(11 * MINUTE), null)],
    [
      "asleep with nothing due",
      false,
      async () => {
        await resume();
        await ticked(ago(600 * MINUTE), ago(600 * MINUTE), null);
      },
    ],
    [
      "restarted: until a tick completes it is the same stall",
      true,
      async () => {
        await wedge();
        await stage.test({ town, restart: true }).catch(() => undefined);
        await stage.test({ town, held: true });
      },
    ],
    [
      "due before its first tick",
      true,
      async () => {
        await resume();
        await ticked(null, null, ago(10 * MINUTE));
      },
    ],
    [
      "under a threshold that was raised",
      false,
      async () => {
        await wedge();
        await sql("UPDATE town SET settings = json_set(settings, '$.pollStaleThresholdMs', 3600000)");
      },
    ],
    [
      "failing, and ticking",
      false,
      async () => {
        await resume();
        await ticked(ago(1_000), ago(1_000), Date.now() + MINUTE);
        await sql("UPDATE town SET error_streak = 9, last_error = 'boom'");
      },
    ],
    [
      "in a long effect, within the threshold",
      false,
      async () => {
        await resume();
        await sql("UPDATE town SET settings = json_set(settings, '$.startDeadlineMs', 120000)");
        await ticked(ago(MINUTE), ago(2 * MINUTE), null);
      },
    ],
  ])("%s: red is %s", async (_, isRed, arrange) => {
    await arrange();
    const { page } = await show();
    await page.locator(".figures").waitFor();
    expect(await red(page).count()).toBe(isRed ? 1 : 0);
    if (!isRed) expect(await verdict(page)).not.toBe("stalled");
    await page.context().close();
  });

  test("storage that hangs: nothing is known, and nothing is green", async () => {
    const { page } = await open(browser, { url: stage.url, token: TOKEN, path: `/t/${town}`, clock: true });
    await page.locator(".figures").waitFor();
    await stage.test({ town, hangs: true });
    await page.clock.runFor(5 * MINUTE);
    await page.locator(".banner.lost").waitFor();
    expect(await verdict(page)).toBe("unknown");
    await stage.test({ town, hangs: false });
    await page.clock.runFor(MINUTE);
    await page.locator(".banner.lost").waitFor({ state: "detached" });
    expect(await verdict(page)).toBe("paused");
    await page.context().close();
  });
});

test("every call failing: each page says that it is unavailable, with code and remedy, and shows no figure", async () => {
  const { page } = await show();
  await page.locator(".figures").waitFor();
  await page.context().route("**/v1/**", (route) =>
    route.fulfill({
      status: 503,
      contentType: "application/problem+json",
      body: JSON.stringify({
        code: "storage_failing",
        detail: "Nothing was done: the disk is full.",
        hint: "Make room.",
      }),
    }),
  );
  for (const path of PAGES) {
    await page.goto(`${stage.url}/t/${town}${path}`);
    await page.getByRole("heading", { name: "Unavailable" }).waitFor();
    const text = await page.locator("main").innerText();
    expect(text).toContain("Make room.");
    expect(text).toContain("storage_failing");
    expect(await verdict(page)).toBe("unknown");
    expect(await page.locator(".figures, .card, .ok").count()).toBe(0);
  }
  await page.context().close();
});

test("a page that was open all the while over an idle town has asked for nothing, and the town has not ticked for it", async () => {
  const minutes = (performance.now() - idleSince.ms) / MINUTE;
  const asked = idle.asked.slice(idleSince.asked);
  console.log(`idle: ${asked.length} requests in ${minutes.toFixed(1)} minutes`);
  expect(asked.length, asked.join(", ")).toBeLessThanOrEqual(Math.ceil(minutes / 5));
  expect((await stage.send("GET", "/v1/towns/idle/ticks")).items).toEqual([]);
  expect(await idle.page.locator(".top .chip").innerText()).toBe("idle");
  expect(await idle.page.locator(".banner").count()).toBe(0);
  await idle.page.context().close();
});

test("the connection is cut: unknown since then, never green; it comes back by itself with what happened meanwhile", async () => {
  const { page } = await show("/board");
  await page.getByText("There is no work yet").waitFor();
  await stage.stop();
  const lost = page.locator(".banner.lost");
  await lost.waitFor();
  expect(await lost.innerText()).toMatch(/Unknown since .* The server can't be reached/);
  expect(await verdict(page)).toBe("unknown");
  expect(await page.locator(".unknown .page").evaluate((main) => getComputedStyle(main).backgroundImage)).toContain(
    "gradient",
  );
  await stage.start();
  await stage.send("POST", `/v1/towns/${town}/beads`, { rig: "lib", title: "Made while nobody looked" });
  await lost.waitFor({ state: "detached" });
  await page.getByText("Made while nobody looked").waitFor();
  await page.context().close();
});

test("a token that is not taken is asked for again, and says why", async () => {
  const { page } = await open(browser, { url: stage.url, token: "tk_of_somebody_else", path: `/t/${town}` });
  await page.locator(".sign-in .bad").waitFor();
  expect(page.url()).not.toContain("tk_");
  await page.getByRole("textbox", { name: "Token" }).fill(TOKEN);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.locator(".figures").waitFor();
  await page.context().close();
});

test("beads are created, held and released, and the town is paused and resumed, by keys and buttons", async () => {
  const { page, complaints } = await show();
  await page.locator(".figures").waitFor();
  await page.keyboard.press("+");
  await page.getByLabel("Title").fill("Add a --version flag");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Add a --version flag" }).waitFor();
  await page.getByRole("button", { name: "Hold" }).click();
  await page.getByLabel("Why").fill("until the release is out");
  await page.getByRole("dialog").getByRole("button", { name: "Hold" }).click();
  await page.locator(".explained").getByText("until the release is out").first().waitFor();
  await page.getByRole("button", { name: "Release" }).first().click();
  await page.getByRole("button", { name: "Hold", exact: true }).waitFor();
  await page.locator(".top").getByRole("button", { name: "Resume" }).click();
  await page.locator(".top").getByRole("button", { name: "Pause" }).click();
  await page.getByLabel("Why").fill("night");
  await page.getByRole("dialog").getByRole("button", { name: "Pause" }).click();
  await page.locator(".top").getByText("paused").waitFor();
  // The news may come before the answer for which the dialog waits, and while it is open keys are its own.
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.keyboard.press("g");
  await page.keyboard.press("b");
  await page.locator(".card").getByText("Add a --version flag").waitFor();
  await page.keyboard.press("?");
  await page.getByRole("dialog").getByText("On the board").waitFor();
  expect(complaints).toEqual([]);
  await page.context().close();
});

test("axe finds nothing on any page, in light or dark", async () => {
  const { send } = stage;
  const at = `/v1/towns/${town}`;
  await send("POST", `${at}/convoys`, {
    id: "release",
    title: "Release 1.0",
    beads: [
      { ref: "a", rig: "lib", title: "Write the changelog" },
      { ref: "b", rig: "lib", title: "Tag it", dependsOn: ["a"] },
    ],
  });
  const { id } = await send("POST", `${at}/beads`, { rig: "lib", title: "Parked" });
  await sql("UPDATE beads SET status = 'failed', closed_at_ms = ? WHERE id = ?", ago(MINUTE), String(id));
  const { page } = await show("", { reducedMotion: "reduce" });
  for (const path of [...PAGES, `/beads/${id}`, "/convoys/release"]) {
    await page.goto(`${stage.url}/t/${town}${path}`);
    await page.locator("main h1").first().waitFor({ state: "attached" });
    await page.emulateMedia({ colorScheme: "light" });
    expect(await accessibilityFaults(page), `${path || "/"} in light`).toEqual([]);
    // Nothing but its colours is another.
    await page.emulateMedia({ colorScheme: "dark" });
    expect(await accessibilityFaults(page, ["color-contrast"]), `${path || "/"} in dark`).toEqual([]);
  }
  await page.context().close();
});
