import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Report } from "../../src/protocol/reports.ts";

/** What ends a run or landing. */
export type LastWord = Exclude<Report, { kind: "heartbeat" | "progress" | "log" }>;

/** A town that takes every report and keeps the last word of each fence. */
export async function openTown(secrets: readonly string[]) {
  const words = new Map<number, LastWord>();
  const waiting = new Map<number, (word: LastWord) => void>();
  /** What a town would have to refuse: a token of another run, a secret in the open. */
  const wrongs: string[] = [];
  const take = (report: Report, bearer: string): void => {
    const text = JSON.stringify(report);
    if (bearer !== tokenOf(report.fence)) wrongs.push(`a report of fence ${report.fence} came with ${bearer}`);
    for (const secret of secrets)
      if (text.includes(secret)) wrongs.push(`a secret is told in a ${report.kind} report of fence ${report.fence}`);
    if (report.kind === "heartbeat" || report.kind === "progress" || report.kind === "log") return;
    words.set(report.fence, report);
    waiting.get(report.fence)?.(report);
  };
  const server = createServer(async (request, response) => {
    if (request.method === "GET") return response.end(JSON.stringify({ over: false }));
    let text = "";
    for await (const chunk of request) text += chunk;
    const { reports } = JSON.parse(text) as { reports: Report[] };
    for (const report of reports) take(report, request.headers.authorization?.replace("Bearer ", "") ?? "");
    response.end(JSON.stringify({ verdicts: reports.map(({ seq }) => ({ seq, verdict: "ok" })) }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/towns/demo/reports`,
    wrongs,
    /** Null: nothing in time. */
    lastWord: (fence: number, ms: number) =>
      new Promise<LastWord | null>((resolve) => {
        const there = words.get(fence);
        if (there) return resolve(there);
        const timer = setTimeout(() => resolve(null), ms);
        waiting.set(fence, (word) => {
          clearTimeout(timer);
          resolve(word);
        });
      }),
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Each run has a token of its own. */
export const tokenOf = (fence: number): string => `run-token-of-fence-${fence}`;
