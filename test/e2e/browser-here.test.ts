/** A browser for the page, where there is one; a file that it reads, for as long as a slow one needs. */
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { browserHere, openIn } from "../../cli/town/browser.ts";
import { until } from "../host/support.ts";
import { temporary } from "./support.ts";

/** A program that stands for the system's, and does this with the file's URL in $1. */
function opener(does: string, name = "xdg-open"): { folder: string; path: string } {
  const folder = temporary();
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\n${does}\n`);
  chmodSync(path, 0o755);
  return { folder, path };
}

test("it is where a screen and a program that opens it are, and else it is said what is missing", () => {
  const { folder } = opener("exit 0");
  expect(browserHere("linux", { DISPLAY: ":0", PATH: `/nowhere:${folder}` })).toEqual({ opener: "xdg-open" });
  expect(browserHere("linux", { PATH: folder })).toEqual({ not: "there is no screen" });
  expect(browserHere("linux", { PATH: folder, SSH_CONNECTION: "1.2.3.4 1 5.6.7.8 22" })).toEqual({
    not: "this is a session over ssh, without a screen",
  });
  expect(browserHere("linux", { WAYLAND_DISPLAY: "w", PATH: "/nowhere" })).toEqual({ not: "there is no xdg-open" });
  expect(browserHere("darwin", { PATH: opener("exit 0", "open").folder })).toEqual({ opener: "open" });
});

test("the file is its owner's alone, outlives the command, and goes by itself", async () => {
  const seen = join(temporary(), "seen");
  const { path } = opener(`printf %s "$1" >${seen}`);
  expect(await openIn(path, "http://127.0.0.1:1/t/home#token=a&b", 3_000)).toBeNull();
  const file = fileURLToPath(readFileSync(seen, "utf8"));
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readFileSync(file, "utf8")).toContain('url=http://127.0.0.1:1/t/home#token=a&amp;b"');
  await until(() => !existsSync(file), 60_000);
});

test("one that finds no browser, or is none, leaves no file, and says so", async () => {
  const seen = join(temporary(), "seen");
  const { path } = opener(`printf %s "$1" >${seen}; exit 3`);
  expect(await openIn(path, "http://127.0.0.1:1/")).toBe(`${path} found none`);
  expect(existsSync(fileURLToPath(readFileSync(seen, "utf8")))).toBe(false);
  expect(await openIn("/nowhere/xdg-open", "http://127.0.0.1:1/")).toBe("/nowhere/xdg-open can't be started");
});
