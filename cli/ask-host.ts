import * as http from "node:http";
import * as https from "node:https";
import { text } from "node:stream/consumers";

/**
 * What a host answers, by Node's own client: it is asked every few seconds for as long as `npm start` runs, and `fetch` takes
 * four times the processor time.
 *
 * @throws if it does not answer within the signal
 */
export async function askHost(
  url: string,
  token: string,
  signal: AbortSignal,
): Promise<{ status: number; body: string }> {
  const { get } = url.startsWith("https:") ? https : http;
  const options = { headers: { authorization: `Bearer ${token}` }, agent: false, signal };
  const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
    get(url, options, resolve).on("error", reject);
  });
  return { status: response.statusCode ?? 0, body: await text(response) };
}
