/** How a webhook is told: one signed request, as Standard Webhooks has it (https://www.standardwebhooks.com). */
import { readPublicUrl } from "../lib/public-address.ts";
import { signedHeaders } from "../lib/standard-webhooks.ts";
import { clip, messageOf, oneLine } from "../lib/text.ts";
import type { WebhookPort, WebhookReply } from "./ports.ts";
import { retryAfterOf } from "./read-host.ts";

export interface WebhookSenderOptions {
  fetch(url: string, init: RequestInit): Promise<Response>;
  now(): number;
  /** On an operator's own machine: any address, and plain HTTP too. */
  allowsPrivate: boolean;
}

/** Of an answer, in bytes: people read its beginning, and nothing else does. */
const READ_BYTES = 1_024;
const SHOWN_CHARS = 200;

/** Never rejects: whatever comes of it is an answer. */
export function httpWebhooks({ fetch, now, allowsPrivate }: WebhookSenderOptions): WebhookPort {
  return {
    async tell({ url, id, body, secrets }, signal) {
      // Once more: its row may be older than what is refused today, and a town's variables may have changed.
      const read = readPublicUrl(url, allowsPrivate);
      if ("refused" in read) return unsent("address_refused", `its URL ${read.refused}`);
      try {
        const signed = await signedHeaders({ id, body, secrets }, now());
        const headers = { "content-type": "application/json", "user-agent": "Townkeeper", ...signed };
        // A redirect would lead to an address that nobody has looked at.
        const response = await fetch(url, { method: "POST", headers, body, redirect: "manual", signal });
        return await replyOf(response, now());
      } catch (error) {
        if (signal.aborted) return unsent("deadline", "no answer came in time");
        return unsent(
          "unreachable",
          `it could not be reached: ${whyUnreached(messageOf(error, SHOWN_CHARS), read.url)}`,
        );
      }
    },
  };
}

const unsent = (code: string, message: string): WebhookReply => ({ accepted: false, code, message });

const isNumber = ({ hostname }: URL): boolean => hostname.startsWith("[") || /^[\d.]+$/.test(hostname);

/** The platform has two words for it: one for what it would not connect to, name or address, and one for what nobody answered. */
function whyUnreached(message: string, url: URL): string {
  if (/^network connection lost/i.test(message)) return `at ${url.host} nothing answers, or it hung up`;
  if (!/^internal error/i.test(message)) return withoutUrl(message, url);
  return isNumber(url)
    ? `the address ${url.hostname} can't be reached from here, or is one that webhooks are not sent to`
    : `the name ${url.hostname} could not be found, or leads to an address that webhooks are not sent to`;
}

/** What follows the host in a URL may be what lets its owner in. */
const withoutUrl = (message: string, { href, origin }: URL): string => oneLine(message).replaceAll(href, `${origin}/…`);

async function replyOf(response: Response, nowMs: number): Promise<WebhookReply> {
  const { status, redirected, headers } = response;
  const said = clip(oneLine(await beginningOf(response)).trim(), SHOWN_CHARS);
  const isRedirect = redirected || status === 0 || (status >= 300 && status < 400);
  const what = isRedirect ? "a redirect, which is not followed" : said || "with nothing";
  const retryAfterMs = retryAfterOf(headers.get("retry-after"), nowMs);
  const accepted = response.ok && !isRedirect;
  return { accepted, code: `http_${status}`, message: `answered ${status}: ${what}`, retryAfterMs };
}

/** The rest of it is called off. A body that breaks off changes nothing: its first line was the answer. */
async function beginningOf({ body }: Response): Promise<string> {
  if (!body) return "";
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  try {
    for (let bytes = 0; bytes < READ_BYTES; ) {
      const { done, value } = await reader.read();
      if (done) break;
      bytes += value.byteLength;
      text += decoder.decode(value.subarray(0, READ_BYTES), { stream: true });
    }
  } catch {
    // What came until then is shown.
  }
  await reader.cancel().catch(() => undefined);
  return text;
}
