/**
 * The one place that reads what a host answers, over HTTP, from a container, or through the socket of a joined one. A host
 * may say anything, of any length: nothing here trusts it further than it was read.
 */
import { jsonOf } from "../lib/json.ts";
import { clip, oneLine } from "../lib/text.ts";
import { MAX_ANSWER_BYTES, MESSAGE_CHARS, patienceMs } from "../protocol/bounded.ts";
import { hostAnswer } from "../protocol/common.ts";
import { type Changes, diffAnswer, MAX_DIFF_BYTES } from "../protocol/diff.ts";
import { type PreflightCheck, preflightAnswer } from "../protocol/preflight.ts";
import { lookAnswer, type RigLook } from "../protocol/rig-look.ts";
import { type HostReply, OutOfReach } from "./ports.ts";

/** How much of an answer that is none of ours is shown to people. */
const SHOWN_CHARS = 300;

/**
 * Taken, or refused with its reason. What does not speak our protocol is as good as unreachable.
 *
 * @throws OutOfReach with its own code: `redirected`, `too_large`, `rejected`, or the host's
 */
export async function readReply(response: Response, nowMs: number): Promise<HostReply> {
  const text = await readBounded(response);
  const { status } = response;
  const answer = hostAnswer.safeParse(jsonOf(text)).data;
  const retryAfterMs = answer?.retryAfterMs ?? retryAfterOf(response.headers.get("retry-after"), nowMs);
  const isGone = status === 404 && answer?.code === "gone";
  if (answer && (response.ok || status === 409 || isGone)) return { ...answer, retryAfterMs };
  if (answer?.code && status === 503)
    throw new OutOfReach(answer.code, answer.message ?? "the host can't be had", retryAfterMs);
  const what = text ? `: ${clip(oneLine(text), SHOWN_CHARS)}` : " with nothing";
  throw new OutOfReach("rejected", `the host answered ${status}${what}`, retryAfterMs);
}

/** @throws OutOfReach */
export async function readChecks(response: Response): Promise<PreflightCheck[]> {
  const answer = preflightAnswer.safeParse(jsonOf(await readBounded(response)));
  if (answer.success && response.ok) return answer.data.checks;
  throw new OutOfReach("rejected", `the host answered HTTP ${response.status} to a preflight`);
}

/** @throws OutOfReach: a host that knows no such question has an answer of its own for it */
export async function readLook(response: Response): Promise<RigLook> {
  const said = jsonOf(await readBounded(response));
  const answer = lookAnswer.safeParse(said);
  if (answer.success && response.ok) return answer.data;
  const refusal = hostAnswer.safeParse(said).data;
  const why = answer.error?.issues[0]
    ? `, of which ${answer.error.issues[0].path.join(".") || "all"} can't be read`
    : "";
  const what = refusal?.message
    ? `${response.status}: ${clip(oneLine(refusal.message), SHOWN_CHARS)}`
    : `${response.status}${why}`;
  throw new OutOfReach("rejected", `the host answered ${what}`);
}

/** The code of a host that does not know what it was asked: it is of an older release. */
export const UNKNOWN_QUESTION = "unknown_question";

/** @throws OutOfReach with the host's own code where it has one */
export async function readChanges(response: Response): Promise<Changes> {
  const said = jsonOf(await readBounded(response, MAX_DIFF_BYTES));
  const answer = diffAnswer.safeParse(said);
  if (answer.success && response.ok) {
    const { bootId: _, ...changes } = answer.data;
    return changes;
  }
  const { code, message } = hostAnswer.safeParse(said).data ?? {};
  if (response.status === 404 && code === "invalid") throw new OutOfReach(UNKNOWN_QUESTION, message ?? "");
  if (!response.ok && code) throw new OutOfReach(code, clip(oneLine(message ?? code), MESSAGE_CHARS));
  const why = response.ok ? `, of which ${answer.error?.issues[0]?.path.join(".") || "all"} can't be read` : "";
  throw new OutOfReach("rejected", `the host answered ${response.status}${why}`);
}

/**
 * The text of an answer, as it comes out of any compression. Past the limit the rest is called off and never read: a host
 * can't fill the memory of its town.
 *
 * @throws OutOfReach `redirected`: what a host is sent holds secrets and is meant for it alone
 * @throws OutOfReach `too_large`
 */
export async function readBounded(response: Response, maxBytes = MAX_ANSWER_BYTES): Promise<string> {
  if (isRedirect(response)) {
    await dropped(response.body);
    const location = clip(oneLine(response.headers.get("location") ?? "nowhere"), SHOWN_CHARS);
    const message = `the host answered ${response.status}, a redirect to ${location}. It is not followed: what a host is sent is for it alone. Name the host's own address instead.`;
    throw new OutOfReach("redirected", message);
  }
  if (!response.body) return "";
  if (isAtMost(response.headers, maxBytes)) return response.text();
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    bytes += value.byteLength;
    if (bytes > maxBytes) {
      await reader.cancel().catch(() => undefined);
      throw new OutOfReach("too_large", `the host answered with more than ${maxBytes} bytes, which are not read`);
    }
    text += decoder.decode(value, { stream: true });
  }
}

const isRedirect = ({ status, redirected }: Response): boolean =>
  redirected || (status >= 300 && status < 400 && status !== 304);

/** HTTP holds a body to its length, but what is compressed may be of any. */
const isAtMost = (headers: Headers, maxBytes: number): boolean =>
  !headers.has("content-encoding") && Number(headers.get("content-length") ?? Number.POSITIVE_INFINITY) <= maxBytes;

const dropped = (body: ReadableStream | null): Promise<void> =>
  body?.cancel().catch(() => undefined) ?? Promise.resolve();

/** HTTP's own way to ask for patience: seconds, or a date. Anything else asks for nothing. */
export function retryAfterOf(header: string | null, nowMs: number): number | undefined {
  const given = header?.trim() ?? "";
  if (/^\d{1,15}$/.test(given)) return patienceMs(Number(given) * 1_000);
  const atMs = /^[A-Z][a-z]{2,8}, .{8,30} GMT$/.test(given) ? Date.parse(given) : Number.NaN;
  return Number.isNaN(atMs) ? undefined : patienceMs(atMs - nowMs);
}
