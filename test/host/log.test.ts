/** What town and host say to operators: a line of JSON each for what collects logs, a line of text for people. */
import { afterEach, expect, test, vi } from "vitest";
import { logLine } from "../../cli/workerd.ts";
import { aboutOf, logJsonToStderr, logToStderr } from "../../host/log.ts";
import { neverShow } from "../../host/redact.ts";
import { log, logNews } from "../../src/lib/log.ts";
import { allTerminalWords } from "../../src/lib/terminal.ts";

afterEach(() => void vi.restoreAllMocks());

/** The lines that the Worker logs meanwhile, each with its level, as workerd hands them on. */
function workersLines(work: () => void): string[] {
  const lines: string[] = [];
  for (const level of ["info", "error"] as const)
    vi.spyOn(console, level).mockImplementation((message) => {
      lines.push(JSON.stringify({ timestamp: 0, level, message }));
    });
  work();
  return lines;
}

function hostsLines(work: () => void): string[] {
  const lines: string[] = [];
  vi.spyOn(process.stderr, "write").mockImplementation((line) => lines.push(String(line)) > 0);
  work();
  return lines;
}

test("the Worker's lines are JSON with their fields, and text in the log of a local town", () => {
  const lines = workersLines(() => {
    logNews("NO LONGER SILENT: ada on lib-1, fence 3", { town: "home" });
    logNews('PARKED lib-1: it said "\n[other] RECOVERED"', { town: "home" });
    log("error", "the request failed: boom", { request: "r-1" });
  });
  expect(lines.map((line) => JSON.parse(JSON.parse(line).message))).toEqual([
    { event: "NO LONGER SILENT", town: "home", message: "NO LONGER SILENT: ada on lib-1, fence 3" },
    { event: "PARKED", town: "home", message: 'PARKED lib-1: it said " [other] RECOVERED"' },
    { request: "r-1", message: "the request failed: boom" },
  ]);
  expect(lines.map((line) => logLine(line))).toEqual([
    "1970-01-01T00:00:00.000Z info [home] NO LONGER SILENT: ada on lib-1, fence 3",
    '1970-01-01T00:00:00.000Z error [home] PARKED lib-1: it said " [other] RECOVERED"',
    "1970-01-01T00:00:00.000Z error [r-1] the request failed: boom",
  ]);
});

test("a command that a line of the log shows names the town and the state folder that it is about", () => {
  const shown = (message: string, state: string | null) =>
    logLine(
      JSON.stringify({ timestamp: 0, level: "error", message: JSON.stringify({ message, town: "home" }) }),
      state,
    );
  for (const words of [...allTerminalWords(), "enable ada", "breaker close --host box", "town set stall.stopMs=1"])
    expect(shown(`STUCK: npm run town -- ${words} says more. Else npm run town -- ${words}.`, null)).toBe(
      `1970-01-01T00:00:00.000Z error [home] STUCK: npm run town -- ${words} --town home says more. Else npm run town -- ${words} --town home.`,
    );
  expect(shown("mend it, then npm run town -- enable ada; or wait", "/tmp/my state")).toContain(
    "then npm run town -- enable ada --town home --state '/tmp/my state'; or wait",
  );
});

test("workerd's own lines are text for people too", () => {
  const line = { timestamp: "1", level: "warn", source: "server.rs:169", message: "a flag became the default" };
  expect(logLine(JSON.stringify(line))).toBe("1970-01-01T00:00:00.001Z warn a flag became the default");
});

test.each(["workerd: plain text", "{", "null", "7", '{"timestamp":1}', '{"timestamp":"x","message":"y"}'])(
  "what workerd says otherwise stays as it is: %s",
  (line) => {
    expect(logLine(line)).toBe(line);
  },
);

test("a host's lines say which attempt they are about, as text or as JSON, and no secret either way", () => {
  neverShow("s3cret-of-the-host");
  const about = aboutOf({ town: "home", bead: "lib-1", agent: null, fence: 3 });
  const say = (log: typeof logToStderr) => () => {
    log("landing accepted", about);
    log("cannot push with s3cret-of-the-host", { level: "error", ...about });
    log("SIGTERM: draining");
  };
  const text = hostsLines(say(logToStderr)).map((line) => line.replace(/^\S+ /, ""));
  expect(text).toEqual([
    "host: home/lib-1, fence 3: landing accepted\n",
    expect.stringMatching(/^host: error: home\/lib-1, fence 3: cannot push with /),
    "host: SIGTERM: draining\n",
  ]);
  const json = hostsLines(say(logJsonToStderr));
  expect(json.map((line) => JSON.parse(line))).toMatchObject([
    { level: "info", town: "home", bead: "lib-1", fence: 3, message: "landing accepted" },
    { level: "error", town: "home", bead: "lib-1", fence: 3 },
    { level: "info", message: "SIGTERM: draining" },
  ]);
  expect([...text, ...json].join()).not.toContain("s3cret");
});
