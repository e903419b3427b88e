/** The page as it is built. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { firstLoad } from "../../scripts/first-load.ts";

const dist = join(import.meta.dirname, "../../page/dist");
const html = readFileSync(join(dist, "index.html"), "utf8");

test("a first look loads no more than 40 kB of JavaScript, gzipped, and 10 kB of styles", () => {
  const { js, css } = firstLoad(dist);
  expect(js).toBeGreaterThan(5_000);
  expect(js).toBeLessThanOrEqual(40_000);
  expect(css).toBeLessThanOrEqual(10_000);
});

test("it has no script or style within it, and names nothing elsewhere", () => {
  expect(html).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\son\w+=|\sstyle=/i);
  expect(html).not.toMatch(/https?:/);
  const loaded = /\b(?:import|fetch|WebSocket|EventSource|src|href)\b[("'=: ]+["'`](?:https?:|wss?:)?\/\//;
  for (const name of readdirSync(join(dist, "assets"))) {
    expect(name).toMatch(/^[\w-]+\.[\w-]+\.(js|css|svg)$/);
    expect(readFileSync(join(dist, "assets", name), "utf8")).not.toMatch(loaded);
  }
});
