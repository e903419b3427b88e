/** Where most of the tests of a file look: a town that starts nothing by itself, in a browser. It ends with the file. */
import type { Browser, BrowserContextOptions } from "playwright-core";
import { afterAll, beforeAll } from "vitest";
import { launch, type Opened, open } from "./browser.ts";
import { aTown, type Stage, setStage, TOKEN } from "./stage.ts";

const NAME = "home";
/** Where programs reach it. */
export const AT = `/v1/towns/${NAME}`;

/** Called once, at the top of a file: what it gives is there when the first test begins. */
export function aHeldTown() {
  let stage: Stage;
  let browser: Browser;
  beforeAll(async () => {
    [stage, browser] = await Promise.all([setStage(), launch()]);
    await aTown(stage, NAME);
    await stage.test({ town: NAME, held: true });
  });
  afterAll(async () => {
    await browser?.close();
    await stage?.close();
  });
  return {
    get stage(): Stage {
      return stage;
    },
    /** One of its pages, once it is live. */
    async show(path = "", options: BrowserContextOptions = {}): Promise<Opened> {
      const opened = await open(browser, { url: stage.url, token: TOKEN, path: `/t/${NAME}${path}` }, options);
      await opened.page.locator(".top .chip").getByText("paused").waitFor();
      return opened;
    },
  };
}
