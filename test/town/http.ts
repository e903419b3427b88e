/** The Worker's own door: what anybody outside sees. */
import { env, exports } from "cloudflare:workers";

export const call = (
  method: string,
  path: string,
  body?: unknown,
  token = env.TOWNKEEPER_TOKEN,
  headers: Record<string, string> = {},
) =>
  (exports as unknown as { default: Fetcher }).default.fetch(`http://town.test${path}`, {
    method,
    headers: { ...(token && { authorization: `Bearer ${token}` }), "content-type": "application/json", ...headers },
    ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });

// biome-ignore lint/suspicious/noExplicitAny: a response is whatever the server said
export const json = async (response: Response): Promise<any> => ({
  status: response.status,
  ...((await response.json()) as object),
});
