/** A real Chromium, and what it loads and says while it shows the page. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { type Browser, type BrowserContextOptions, chromium, type Page, type Request } from "playwright-core";

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** @param ignoreDefaultArgs what Playwright turns off, and people have */
export const launch = (ignoreDefaultArgs: string[] = []): Promise<Browser> =>
  chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: FLAGS, ignoreDefaultArgs });

/** A busy machine makes a click of 50 ms last some seconds. */
const PATIENCE_MS = 50_000;

export interface Opened {
  page: Page;
  /** Errors and violations of the policy, as the browser told them. */
  complaints: string[];
  /** Addresses that were asked, of this server and others. */
  asked: string[];
  /** All that was asked is answered, or begins to be. */
  isAnswered(): boolean;
}

interface Shown {
  url: string;
  token: string;
  path: string;
  /** The page's clock stands still unless it is moved on. */
  clock?: boolean;
  /** Runs in the page, before anything of it. */
  script?: () => void;
}

/** A tab of its own, signed in by a link. */
export async function open(
  browser: Browser,
  { url, token, path, clock = false, script }: Shown,
  options: BrowserContextOptions = {},
): Promise<Opened> {
  const context = await browser.newContext({ viewport: { width: 1_280, height: 900 }, ...options });
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  const complaints: string[] = [];
  const asked: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(`${error}`));
  page.on("request", (request) => asked.push(request.url()));
  const answered = new Set<Request>();
  page.on("response", (response) => answered.add(response.request()));
  page.on("requestfailed", (request) => answered.add(request));
  if (clock) await page.clock.install();
  if (script) await page.addInitScript(script);
  await page.goto(`${url}${path}#token=${token}`);
  return { page, complaints, asked, isAnswered: () => answered.size === asked.length };
}

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What axe finds wrong, a line each. @param rules these alone */
export async function accessibilityFaults(page: Page, rules?: string[]): Promise<string[]> {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(
    (runOnly) =>
      (globalThis as unknown as { axe: { run(options: object): Promise<{ violations: Violation[] }> } }).axe.run({
        ...(runOnly && { runOnly }),
      }),
    rules,
  );
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(
      ({ html, failureSummary }) => `${id}: ${html.slice(0, 160)} (${failureSummary?.split("\n").at(-1)?.trim()})`,
    ),
  );
}

interface Violation {
  id: string;
  nodes: { html: string; failureSummary?: string }[];
}
