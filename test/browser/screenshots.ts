/** `npm run screenshots`: the pages as docs/screenshots has them, of a town of the script's own: light, dark, and on a phone. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { repoRoot } from "../../cli/paths.ts";
import { launch, open } from "./browser.ts";
import { showcase } from "./showcase.ts";

interface Shot {
  file: string;
  path: string;
  /** What is picked first. */
  click?: string;
  /** With a token that may see webhooks. */
  sees?: true;
  /** Scrolled to, where it lies below what is seen first. */
  heading?: string;
}

const SHOTS: readonly Shot[] = [
  { file: "now", path: "" },
  { file: "board", path: "/board" },
  { file: "review", path: "/review", click: "Give whole numbers from mean" },
  { file: "loop", path: "/loop" },
  { file: "agents", path: "/agents" },
  { file: "convoys", path: "/convoys/release" },
  { file: "settings", path: "/settings" },
  { file: "webhooks", path: "/settings", sees: true, heading: "Webhooks" },
  { file: "beads", path: "/beads/lib-3" },
  { file: "diff", path: "/beads/lib-3", heading: "What it changes" },
];
const LOOKS = {
  light: { viewport: { width: 1_280, height: 860 }, colorScheme: "light" },
  dark: { viewport: { width: 1_280, height: 860 }, colorScheme: "dark" },
  phone: {
    viewport: { width: 390, height: 844 },
    colorScheme: "light",
    deviceScaleFactor: 2,
    isMobile: true,
    hasTouch: true,
  },
} as const;

/** As most people have it, whose state folder is the usual one: by no path of this machine. Runs in the page. */
function asAtHome(state: string): void {
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let text = texts.nextNode(); text; text = texts.nextNode())
    if (text.nodeValue?.includes(state))
      text.nodeValue = text.nodeValue.replaceAll(` --state ${state}`, "").replaceAll(state, "~/townkeeper/.townkeeper");
}

const folder = join(repoRoot, "docs/screenshots");
mkdirSync(folder, { recursive: true });
const browser = await launch();
const town = await showcase();
try {
  for (const [look, options] of Object.entries(LOOKS))
    for (const { file: name, path, click, sees, heading } of SHOTS) {
      const shown = { url: town.url, token: sees ? town.seesWebhooks : town.token, path: `/t/sample${path}` };
      const { page } = await open(browser, shown, { reducedMotion: "reduce", ...options });
      await page.locator("main h1").first().waitFor({ state: "attached" });
      if (click) await page.locator(".review-list").getByText(click).click();
      if (await page.getByRole("heading", { name: "What it changes" }).count())
        await page.locator(".diff .line").first().waitFor({ state: "attached" });
      await page.waitForTimeout(800);
      if (heading)
        await page.getByRole("heading", { name: heading }).evaluate((element) => {
          element.scrollIntoView();
          // Below what stays at the top.
          scrollBy(0, -64);
        });
      await page.evaluate(asAtHome, town.state);
      const file = `${name}-${look}.png`;
      await page.screenshot({ path: join(folder, file) });
      console.log(`docs/screenshots/${file}`);
      await page.context().close();
    }
} finally {
  await browser.close();
  await town.stop();
}
