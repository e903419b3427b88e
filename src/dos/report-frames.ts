/** What joined hosts report through their sockets. Nothing is believed for having come that way: the door is that of HTTP. */
import { type Problem, Refusal } from "../lib/guard.ts";
import { log } from "../lib/log.ts";
import { overBytes, problemBody } from "../lib/problem-body.ts";
import { parse, readBody } from "../lib/read-body.ts";
import { messageOf } from "../lib/text.ts";
import { type ChannelAnswer, channelReport } from "../protocol/channel.ts";
import type { ReportsRequest } from "../protocol/reports.ts";
import type { Env } from "./env.ts";
import { allFenced, hearReports, MAX_REPORTS_BYTES, type Verdicts } from "./report-door.ts";
import type { Result } from "./result.ts";

/**
 * Of one host. A commit holds thirty at most, so two of them are full of what waits here; and the longest that there are take 32 MB of
 * the town's memory, a quarter of what it has on Cloudflare.
 */
export const REPORTS_AT_ONCE = 64;

const WHOLE = "(frame)";

export interface HearingTown {
  env: Env;
  name: string;
  report(request: ReportsRequest): Promise<Result<Verdicts>>;
}

export class ReportFrames {
  readonly #town: HearingTown;
  readonly #underWay = new Map<string, number>();

  constructor(town: HearingTown) {
    this.#town = town;
  }

  /** Resolves once what it says is in a commit, or refused. Never throws. @param frame it has this id, and a report of any shape */
  async hear(host: string, id: string, frame: unknown): Promise<ChannelAnswer> {
    const underWay = this.#underWay.get(host) ?? 0;
    if (underWay >= REPORTS_AT_ONCE) return refused(id, tooMany(host));
    this.#underWay.set(host, underWay + 1);
    try {
      const { report } = parse(channelReport, frame, { whole: WHOLE, hint: HINT });
      return await this.#answer(id, report);
    } catch (error) {
      if (error instanceof Refusal) return refused(id, error.problem);
      log("error", `a report through the socket of host ${host} could not be taken: ${messageOf(error)}`, {
        town: this.#town.name,
      });
      return refused(id, FAILED);
    } finally {
      const left = (this.#underWay.get(host) ?? 1) - 1;
      if (left > 0) this.#underWay.set(host, left);
      else this.#underWay.delete(host);
    }
  }

  async #answer(id: string, { token, body }: { token: string; body: string }): Promise<ChannelAnswer> {
    const { env, name: town, report } = this.#town;
    if (isOver(body, MAX_REPORTS_BYTES)) return refused(id, overBytes(MAX_REPORTS_BYTES));
    const heard = await hearReports(env, { town, token, body: async () => readBody(body) }, report);
    if (!heard.ok) return refused(id, heard.problem);
    const fenced = allFenced(heard.value);
    if (fenced) return refused(id, fenced, { verdicts: heard.value });
    return { id, status: 200, body: JSON.stringify({ verdicts: heard.value }) };
  }
}

const HINT = "Write {id, report: {token, body}}: the run's token, and what you would post, as text.";

const refused = (id: string, problem: Problem, more: object = {}): ChannelAnswer => ({
  id,
  status: problem.status,
  body: JSON.stringify({ ...problemBody(problem), ...more }),
});

const tooMany = (host: string): Problem => ({
  status: 429,
  code: "rate_limited",
  detail: `Host ${host} has ${REPORTS_AT_ONCE} reports under way through its socket.`,
  hint: "Wait for their answers, or report over HTTP.",
  retryable: true,
});

/** What ails the town is told by HTTP, where the host says it next. */
const FAILED: Problem = {
  status: 500,
  code: "internal",
  detail: "The report could not be taken.",
  hint: "Report over HTTP.",
};

/** No text has fewer bytes than characters, nor more than three times as many. */
const isOver = (text: string, bytes: number): boolean =>
  text.length > bytes || (3 * text.length > bytes && new TextEncoder().encode(text).length > bytes);
