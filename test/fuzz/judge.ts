/** What an answer must be, by the document and by what HTTP expects. */
import { jsonOf } from "../../src/lib/json.ts";
import { problemCheck, type Route, routes } from "./document.ts";
import type { Request } from "./request.ts";
import type { Reply } from "./stage.ts";

/** Longer than a look or a preflight, which ask the host. */
const MOST_MS = 10_000;
const PROBLEM = "application/problem+json";
const MCP = "/mcp";
const EVENTS = "text/event-stream";

export const isRefusal = ({ status }: Reply): boolean => status >= 400 && status < 500;
export const isTaken = ({ status }: Reply): boolean => status >= 200 && status < 300;

/** @returns what is wrong with it; mostly nothing */
export function wrongIn(request: Request, reply: Reply): string[] {
  const { status, headers, ms } = reply;
  if (status === 0) return [`no answer: ${reply.text.slice(0, 200)}`];
  const wrong: string[] = [];
  if (ms > MOST_MS) wrong.push(`it took ${Math.round(ms)} ms`);
  if (!headers["x-request-id"]) wrong.push("it has no x-request-id");
  if (headers["x-content-type-options"] !== "nosniff") wrong.push("its type may be guessed at: no nosniff");
  if (request.method === "HEAD" || status === 304) return wrong;
  if (request.route.path === MCP && status >= 400 && status < 500) return [...wrong, ...wrongInMcp(reply)];
  if (status >= 400) return [...wrong, ...wrongInProblem(reply)];
  if (request.method === "OPTIONS") return status === 204 ? wrong : [...wrong, `OPTIONS is answered ${status}`];
  return [...wrong, ...wrongInAnswer(request, reply)];
}

/** What the protocol of tools refuses it refuses in its own words; its conformance suite holds it to those. */
function wrongInMcp(reply: Reply): string[] {
  const { error } = (jsonOf(reply.text) ?? {}) as { error?: { message?: unknown } };
  return typeof error?.message === "string" ? [] : wrongInProblem(reply);
}

function wrongInProblem({ status, headers, text }: Reply): string[] {
  const problem = jsonOf(text) as Record<string, unknown> | null;
  const { success, error } = problemCheck.safeParse(problem);
  if (!success)
    return [`${status} is no problem of the document: ${error.issues[0]?.path.join(".")} ${error.issues[0]?.message}`];
  const wrong = [];
  if (status >= 500 && status !== 503) wrong.push(`${status}: ${text.slice(0, 300)}`);
  if (headers["content-type"] !== PROBLEM) wrong.push(`a problem of type ${headers["content-type"]}`);
  if (problem?.status !== status) wrong.push(`${status} says of itself that it is ${problem?.status}`);
  for (const field of ["code", "detail", "hint"])
    if (typeof problem?.[field] !== "string" || problem[field] === "") wrong.push(`${status} has no ${field}`);
  return wrong;
}

function wrongInAnswer(request: Request, { status, headers, text }: Reply): string[] {
  const route = answering(request);
  // A notification is taken, and has no answer.
  if (route?.path === MCP && status === 202 && text === "") return [];
  if (!route) return [`${status} where the document has no ${request.method}`];
  const type = String(headers["content-type"]);
  const answer = route.answers.find((each) => each.status === status && each.type === type);
  if (!answer) return [`${status} of type ${type} is not in the document`];
  if (type === EVENTS) return eventsIn(text).flatMap((data) => wrongBy(answer.check, data));
  return wrongBy(answer.check, type === "application/json" ? text : JSON.stringify(text));
}

function wrongBy(check: Route["bodyCheck"], text: string): string[] {
  const value = jsonOf(text);
  const issue = check?.safeParse(value).error?.issues[0];
  return issue
    ? [`it is not as the document says: ${issue.path.join(".")}: ${issue.message}; ${text.slice(0, 300)}`]
    : [];
}

const eventsIn = (text: string): string[] => [...text.matchAll(/^data: (.*)$/gm)].map(([, data]) => data ?? "");

/** Which route of the document answers: another method may be another one's. */
const answering = ({ route, method }: Request): Route | undefined =>
  routes.find((each) => each.path === route.path && each.method === method);

/** A word behind the `?` that the document does not have, and that was passed over. */
export function passedOver({ route, method, path }: Request, reply: Reply): string | null {
  if (method !== route.method || !isTaken(reply)) return null;
  const known = route.inQuery.map(({ name }) => name);
  const unknown = [...new URLSearchParams(path.split("?")[1] ?? "").keys()].find((name) => !known.includes(name));
  return unknown === undefined ? null : `${reply.status}, and ${JSON.stringify(unknown)} behind the ? was passed over`;
}

/** The body is against the document, and was taken all the same. */
export function takenAgainstDocument({ route, method, body, headers }: Request, reply: Reply): string | null {
  if (!route.bodyCheck || method !== route.method || !isTaken(reply) || body === undefined) return null;
  // What was done before by this key is answered, whatever came with it now was judged then.
  if (headers["idempotency-key"]) return null;
  // A mark of its encoding before it belongs to no text (RFC 8259, section 8.1).
  const text = body.toString().replace(/^\ufeff/, "");
  if (text.trim() === "" && !route.body?.isRequired) return null;
  const issue = route.bodyCheck.safeParse(jsonOf(text)).error?.issues[0];
  return issue
    ? `${reply.status} for a body that is against the document: ${issue.path.join(".")}: ${issue.message}`
    : null;
}
