/**
 * The protocol, as its own package speaks it; what is said comes from whoever calls. Each request has a server of its own and is answered by
 * one JSON body: nothing is kept between two of them, so whoever may ask now is who is answered now.
 */
import {
  createMcpHandler,
  INVALID_REQUEST,
  isLegacyRequest,
  localhostAllowedOrigins,
  originValidationResponse,
  ProtocolError,
  ProtocolErrorCode,
  Server,
  type Tool,
  WebStandardStreamableHTTPServerTransport,
} from "@modelcontextprotocol/server";

/** Who answers a request. */
export interface Speaker {
  instructions: string;
  /** Names of hosts whose pages may ask, beside those of this machine. */
  origins: readonly string[];
  tools(): object[];
  /** Null: there is no such tool. */
  use(name: string, given: unknown): Promise<{ said: unknown; isError: boolean }> | null;
  /** Of a tool that there is not, what there is instead. */
  unknown(name: string): string;
  log(error: Error): void;
}

const INFO = { name: "townkeeper", title: "Townkeeper", version: "1" };

/** Nothing is told that was not asked for, so there is nothing to subscribe to. */
const ALONE = { legacy: "reject", maxSubscriptions: 0 } as const;

export async function speak(request: Request, speaker: Speaker): Promise<Response> {
  const refused = originValidationResponse(request, [...localhostAllowedOrigins(), ...speaker.origins]);
  if (refused) return refused;
  const body = await request.text();
  // They have left the protocol, and would count as one.
  if (/^\s*\[/.test(body)) return severalAtOnce();
  const { url, headers } = request;
  const asked = new Request(url, { method: "POST", headers, body });
  if (await isLegacyRequest(asked)) return byHandshake(asked, speaker);
  return createMcpHandler(() => serverOf(speaker), ALONE).fetch(asked);
}

/** A revision of before 2026, which begins with a handshake; what it agrees on is said again in a header. */
async function byHandshake(request: Request, speaker: Speaker): Promise<Response> {
  const server = serverOf(speaker);
  const transport = new WebStandardStreamableHTTPServerTransport({ enableJsonResponse: true });
  await server.connect(transport);
  try {
    return await transport.handleRequest(request);
  } finally {
    await server.close();
  }
}

function serverOf({ instructions, ...speaker }: Speaker): Server {
  const server = new Server(INFO, { capabilities: { tools: {} }, instructions });
  server.onerror = (error) => speaker.log(error);
  server.setRequestHandler("tools/list", () => ({ tools: speaker.tools() as Tool[] }));
  server.setRequestHandler("tools/call", async ({ params: { name, arguments: given } }) => {
    const used = speaker.use(name, given);
    if (!used) throw new ProtocolError(ProtocolErrorCode.InvalidParams, speaker.unknown(name));
    const { said, isError } = await used;
    return { content: [{ type: "text", text: JSON.stringify(said) }], ...(isError && { isError }) };
  });
  return server;
}

function severalAtOnce(): Response {
  const message = "Send one message in each request.";
  return Response.json({ jsonrpc: "2.0", id: null, error: { code: INVALID_REQUEST, message } }, { status: 400 });
}
