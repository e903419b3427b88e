import { expect, test } from "vitest";
import { exitFailure } from "../../host/exit-failure.ts";
import { News } from "../../host/news.ts";
import { agent, makeHost, makeRepository, makeTown, startOf, until } from "./support.ts";

test("output is told by whole lines, secrets taken out, and what was left out is said", () => {
  const news = new News(["hunter22"]);
  news.add("one\nkey hunt");
  expect(news.take(false)).toBe("one\n");
  expect(news.take(false)).toBeNull();
  news.add("er22\n");
  expect(news.take(false)).toBe("key ***\n");
  news.add("x\n".repeat(20_000));
  const piece = news.take(false) ?? "";
  expect(piece.length).toBeLessThanOrEqual(8_000);
  expect(piece).toMatch(/^\[\d{5} characters left out\]\nx\n/);
  news.add("no newline");
  expect(news.take(false)).toBeNull();
  expect(news.take(true)).toBe("no newline");
  expect(news.take(true)).toBeNull();
});

test("a run tells what it prints while it runs, in order, the rest before its last word", async () => {
  const [repository, town, host] = [makeRepository(), await makeTown(), await makeHost()];
  const script = `
    process.stdout.write("first\\n");
    setTimeout(() => { fs.writeFileSync("x.txt", "x"); process.stdout.write("second\\nthe end"); }, 1200);`;
  await host.start(startOf(town, repository.url, { command: agent(script) }));
  expect(await town.last(1)).toMatchObject({ kind: "finished" });
  const reports = town.of(1);
  const told = reports.flatMap((report) => (report.kind === "log" ? [report.text] : [])).join("");
  expect(told).toBe("first\nsecond\nthe end");
  expect(reports.at(-1)?.kind).toBe("finished");
  expect(reports.findIndex(({ kind }) => kind === "log")).toBeLessThan(reports.length - 2);
  const seqs = reports.map(({ seq }) => seq);
  expect(seqs).toEqual(seqs.toSorted((a, b) => a - b));
});

test("exit codes 75 and 77 say that the provider has a limit, or does not know the agent", async () => {
  const now = Date.parse("2026-11-23T12:00:00Z");
  const failure = (code: number, tail: string) => exitFailure(code, null, tail, now);
  expect(failure(75, "busy\nRetry-After: 120\n")).toMatchObject({ failure: "provider_limited", retryAfterMs: 120_000 });
  expect(failure(75, "retry-after: 2026-11-23T13:00:00Z")).toMatchObject({ retryAfterMs: 3_600_000 });
  expect(failure(75, "retry-after: soon").retryAfterMs).toBeUndefined();
  expect(failure(75, "retry-after: 999999999").retryAfterMs).toBe(86_400_000);
  expect(failure(77, "log in first")).toMatchObject({
    failure: "auth",
    message: expect.stringContaining("log in first"),
  });
  expect(failure(1, "")).toMatchObject({ failure: "agent_failed", code: "exit_code" });

  const [repository, town, host] = [makeRepository(), await makeTown(), await makeHost()];
  const script = 'console.log("retry-after: 60"); process.exitCode = 75;';
  await host.start(startOf(town, repository.url, { command: agent(script) }));
  await until(() => town.of(1).some(({ kind }) => kind === "failed"));
  expect(town.of(1).at(-1)).toMatchObject({ failure: "provider_limited", retryAfterMs: 60_000 });
});
