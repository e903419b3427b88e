/** Commands that the page shows: typed word for word where its server runs, they do what they say. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Browser, Locator } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { repoRoot } from "../../cli/paths.ts";
import { launch, open } from "./browser.ts";

let browser: Browser;
let started: ChildProcess;
let url = "";
const folder = mkdtempSync(join(tmpdir(), "townkeeper-commands-"));
/** A shell would split it. */
const state = join(folder, "it's in here");
const tokenIn = (name: string) => readFileSync(join(state, name), "utf8").trim();

beforeAll(async () => {
  mkdirSync(state);
  started = spawn(process.execPath, [join(repoRoot, "cli/main.ts"), "--empty", "--port", "0", "--state", state], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ready = new Promise<string>((resolve) => {
    let said = "";
    started.stdout?.on("data", (chunk) => {
      said += chunk;
      const [, at] = /ready in \d+ ms at (\S+).*Ctrl-C/s.exec(said) ?? [];
      if (at) resolve(at);
    });
  });
  [url, browser] = await Promise.all([ready, launch()]);
});
afterAll(async () => {
  await browser?.close();
  const ended = new Promise((resolve) => started?.once("exit", resolve));
  started?.kill("SIGINT");
  await ended;
  rmSync(folder, { recursive: true, force: true });
});

async function send(method: string, path: string, body?: object): Promise<Record<string, unknown>> {
  const headers = { authorization: `Bearer ${tokenIn("token")}`, "content-type": "application/json" };
  const response = await fetch(url + path, { method, headers, ...(body && { body: JSON.stringify(body) }) });
  expect(response.ok, `${method} ${path}`).toBe(true);
  return (await response.json()) as Record<string, unknown>;
}

/** As a person does who copies it, below the checkout. */
async function type(shown: Locator): Promise<string> {
  const { INIT_CWD: _, ...env } = process.env;
  const typed = await shown.innerText();
  const { stdout } = await promisify(execFile)("sh", ["-c", typed], { cwd: join(repoRoot, "docs"), env });
  return stdout;
}

test("with a state folder that a shell would split, and a town that is not the usual one", async () => {
  for (const name of ["first", "second"]) {
    await send("POST", "/v1/towns", { name });
    await send("PATCH", `/v1/towns/${name}`, { paused: { why: "nothing is to run here" } });
  }
  const at = "/v1/towns/second";
  await send("POST", `${at}/rigs`, { id: "lib", repoUrl: "/no/such/lib.git", defaultBranch: "main" });
  await send("POST", `${at}/agents`, { id: "ada", rig: "lib", command: ["true"] });
  await send("PATCH", `${at}/agents/ada`, { enabled: false });
  await send("PATCH", at, { paused: null });
  const signedOut = await browser.newPage();
  await signedOut.goto(`${url}/t/second`);
  const commands = signedOut.locator(".command code");
  await commands.first().waitFor();
  expect(await commands.allInnerTexts()).toEqual([
    `npm run town -- open --town second --state '${folder}/it'\\''s in here'`,
    `cat '${folder}/it'\\''s in here'/user-token`,
  ]);
  expect((await type(commands.nth(1))).trim()).toBe(tokenIn("user-token"));
  await signedOut.close();

  const { page } = await open(browser, { url, token: tokenIn("token"), path: "/t/second/board" });
  await type(page.locator("main .command code"));
  const { items } = (await send("GET", `${at}/beads`)) as { items: { id: string; title: string }[] };
  expect(items).toMatchObject([{ title: "Add a --version flag" }]);
  expect(await send("GET", "/v1/towns/first/beads")).toMatchObject({ items: [] });

  // As the town says it, which knows nothing of folders.
  await page.goto(`${url}/t/second/beads/${items[0]?.id}`);
  await type(page.locator(".explained .command code"));
  expect(await send("GET", `${at}/agents/ada`)).toMatchObject({ enabled: true });
  await page.goto(`${url}/t/second/settings`);
  expect(await page.locator("main .command code").first().innerText()).toMatch(
    /^npm run town -- town set --help --town second /,
  );
  await page.context().close();
});
