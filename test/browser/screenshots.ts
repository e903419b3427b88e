/** `npm run screenshots`: the pages as docs/screenshots has them, of a town of the script's own: light, dark, and on a phone. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { repoRoot } from "../../cli/paths.ts";
import { launch, open } from "./browser.ts";
import { showcase } from "./showcase.ts";

const PAGES = ["now", "board", "review", "loop", "agents", "convoys/release", "settings", "beads/lib-3"];
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

const folder = join(repoRoot, "docs/screenshots");
mkdirSync(folder, { recursive: true });
const browser = await launch();
const town = await showcase();
try {
  for (const [look, options] of Object.entries(LOOKS))
    for (const name of PAGES) {
      const path = `/t/sample${name === "now" ? "" : `/${name}`}`;
      const { page } = await open(browser, { ...town, path }, { reducedMotion: "reduce", ...options });
      await page.locator("main h1").first().waitFor({ state: "attached" });
      await page.waitForTimeout(800);
      const file = `${name.split("/")[0]}-${look}.png`;
      await page.screenshot({ path: join(folder, file) });
      console.log(`docs/screenshots/${file}`);
      await page.context().close();
    }
} finally {
  await browser.close();
  await town.stop();
}
