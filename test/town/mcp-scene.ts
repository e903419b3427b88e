/** A model's client, as far as the tests need one. */
import { call, json } from "./http.ts";

// biome-ignore lint/suspicious/noExplicitAny: what a tool says is whatever the server said
export type Any = any;

export const REVISION = "2025-06-18";
let last = 0;

/** One message of the protocol, and what was answered. */
export async function send(method: string, params: object = {}, token?: string): Promise<Any> {
  const message = { jsonrpc: "2.0", id: ++last, method, params };
  const headers = { accept: "application/json, text/event-stream", "mcp-protocol-version": REVISION };
  return json(await call("POST", "/mcp", message, token, headers));
}

export const listed = async (token?: string): Promise<Any[]> => (await send("tools/list", {}, token)).result.tools;

/** What a tool said, and whether it refused. */
export async function use(name: string, given: object, token?: string): Promise<{ isError: boolean; said: Any }> {
  const { result } = await send("tools/call", { name, arguments: given }, token);
  return { isError: result.isError ?? false, said: JSON.parse(result.content[0].text) };
}

export const aToken = async (body: object): Promise<string> =>
  (await json(await call("POST", "/v1/tokens", { name: "model", ...body }))).token;

export const bead = (title: string, more: object = {}) => ({ rig: "lib", title, ...more });
