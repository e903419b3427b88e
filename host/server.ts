import { type Context as Call, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { z } from "zod";
import { messageOf } from "../src/lib/text.ts";
import { fence, type HostAnswer, PROTOCOL, slug } from "../src/protocol/common.ts";
import { type Changes, type DiffRequest, diffRequest } from "../src/protocol/diff.ts";
import { mergeRequest } from "../src/protocol/merges.ts";
import { type PreflightCheck, type PreflightRequest, preflightRequest } from "../src/protocol/preflight.ts";
import { lookRequest } from "../src/protocol/rig-look.ts";
import { messageRequest, startRequest } from "../src/protocol/runs.ts";
import { type Answer, refused } from "./answers.ts";
import { bearerMatches } from "./auth.ts";
import type { NoDiff } from "./diff.ts";
import { maxBodyBytes } from "./limits.ts";
import type { Log } from "./log.ts";
import { lookAtRig } from "./look.ts";
import type { Merges } from "./merges.ts";
import type { Places } from "./places.ts";
import type { Runs } from "./runs.ts";

type Wiring = {
  token: string;
  bootId: string;
  places: Places;
  runs: Runs;
  merges: Merges;
  /** Last words that are still on their way. */
  undelivered: () => number;
  preflight: (request: PreflightRequest) => Promise<PreflightCheck[]>;
  diff: (request: DiffRequest) => Promise<Changes | NoDiff>;
  log: Log;
};

const invalidAt =
  (bootId: string) =>
  (message: string): HostAnswer => ({ accepted: false, bootId, code: "invalid", message });

/** The host's HTTP face: checks the token, then what was sent, then hands on. */
export function createApp({ token, bootId, places, runs, merges, undelivered, preflight, diff, log }: Wiring): Hono {
  const app = new Hono();
  const invalid = invalidAt(bootId);

  app.use(async (call, next) => {
    if (bearerMatches(call.req.header("authorization"), token)) return next();
    const message = "Send Authorization: Bearer with the host's token.";
    return call.json({ accepted: false, code: "unauthorized", message }, 401);
  });
  const tooLarge = async (call: Call) => {
    await readAway(call.req.raw.body);
    return call.json(invalid(`The body may have at most ${maxBodyBytes} bytes.`), 413, { connection: "close" });
  };
  app.use(bodyLimit({ maxSize: maxBodyBytes, onError: tooLarge }));

  app.get("/v1/health", (call) =>
    call.json({
      ...{ ok: true, bootId, protocol: PROTOCOL, draining: runs.draining },
      ...{ room: places.room, runs: runs.count, landings: merges.count, undelivered: undelivered() },
    }),
  );

  app.get("/v1/runs", (call) => call.json({ bootId, runs: runs.list() }));

  app.put("/v1/runs/:agent", async (call) => {
    const parsed = await parseBody(call, startRequest, bootId);
    if ("answer" in parsed) return call.json(parsed.answer.body ?? invalid(""), parsed.answer.status);
    if ("problem" in parsed) return call.json(invalid(parsed.problem), 400);
    const request = parsed.value;
    if (request.agent === call.req.param("agent")) return send(call, withRoom(runs.start(request), places));
    return call.json(invalid("agent: must be the one in the path"), 400);
  });

  app.delete("/v1/runs/:agent", async (call) => {
    const agent = slug.safeParse(call.req.param("agent"));
    const town = slug.safeParse(call.req.query("town"));
    const upTo = fence.safeParse(Number(call.req.query("fence")));
    if (agent.success && town.success && upTo.success)
      return send(call, await runs.stop(town.data, agent.data, upTo.data));
    return call.json(invalid("write DELETE /v1/runs/{agent}?town={town}&fence={number}"), 400);
  });

  app.post("/v1/runs/:agent/messages", async (call) => {
    const agent = slug.safeParse(call.req.param("agent"));
    const parsed = await parseBody(call, messageRequest, bootId);
    if ("answer" in parsed) return call.json(parsed.answer.body ?? invalid(""), parsed.answer.status);
    if ("problem" in parsed) return call.json(invalid(parsed.problem), 400);
    return agent.success
      ? send(call, await runs.tell(agent.data, parsed.value))
      : call.json(invalid("agent: no name"), 400);
  });

  app.post("/v1/merges", async (call) => {
    const parsed = await parseBody(call, mergeRequest, bootId);
    if ("answer" in parsed) return call.json(parsed.answer.body ?? invalid(""), parsed.answer.status);
    if ("problem" in parsed) return call.json(invalid(parsed.problem), 400);
    const { branch, rig } = parsed.value;
    const problem = branchProblem(branch, rig.defaultBranch);
    return problem ? call.json(invalid(problem), 400) : send(call, merges.accept(parsed.value));
  });

  addLooks(app, { bootId, preflight, diff });
  app.notFound((call) => call.json(invalid("no such route; see /v1/health, /v1/runs, /v1/merges"), 404));
  app.onError((error, call) => {
    log(`a request failed: ${call.req.method} ${call.req.path}: ${messageOf(error)}`, { level: "error" });
    return call.json({ accepted: false, bootId, code: "host_error", message: "The host failed on this request." }, 500);
  });
  return app;
}

/** What begins nothing, and tells what there is. */
function addLooks(app: Hono, { bootId, preflight, diff }: Pick<Wiring, "bootId" | "preflight" | "diff">): void {
  const invalid = invalidAt(bootId);

  app.post("/v1/preflight", async (call) => {
    const parsed = await parseBody(call, preflightRequest, bootId);
    if ("answer" in parsed) return call.json(parsed.answer.body ?? invalid(""), parsed.answer.status);
    if ("problem" in parsed) return call.json(invalid(parsed.problem), 400);
    return call.json({ bootId, checks: await preflight(parsed.value) });
  });

  app.post("/v1/rigs/look", async (call) => {
    const parsed = await parseBody(call, lookRequest, bootId);
    if ("answer" in parsed) return call.json(parsed.answer.body ?? invalid(""), parsed.answer.status);
    if ("problem" in parsed) return call.json(invalid(parsed.problem), 400);
    return call.json({ bootId, ...(await lookAtRig(parsed.value)) });
  });

  app.post("/v1/rigs/diff", async (call) => {
    const parsed = await parseBody(call, diffRequest, bootId);
    if ("answer" in parsed) return call.json(parsed.answer.body ?? invalid(""), parsed.answer.status);
    if ("problem" in parsed) return call.json(invalid(parsed.problem), 400);
    const found = await diff(parsed.value);
    if ("code" in found) return send(call, refused(bootId, found.code, found.message));
    return call.json({ bootId, ...found });
  });
}

/** Who is still sending does not read our answer, but sees the connection break. */
async function readAway(body: ReadableStream<Uint8Array> | null): Promise<void> {
  if (!body || body.locked) return;
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > 16 * maxBodyBytes) return;
  }
}

type Parsed<T> = { value: T } | { problem: string } | { answer: Answer };

async function parseBody<T>(call: Call, schema: z.ZodType<T>, bootId: string): Promise<Parsed<T>> {
  let body: unknown;
  try {
    body = await call.req.json();
  } catch {
    return { problem: "the body must be JSON" };
  }
  const spoken = (body as { protocol?: unknown } | null)?.protocol;
  if (typeof spoken === "number" && spoken !== PROTOCOL) {
    const message = `This host speaks protocol ${PROTOCOL}, the request is in ${spoken}. Bring host and town to the same release.`;
    return { answer: refused(bootId, "protocol", message) };
  }
  const parsed = schema.safeParse(body);
  if (parsed.success) return { value: parsed.data };
  // Paths and rules only, never values: an environment holds secrets.
  return { problem: parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; ") };
}

/** The protocol takes any text as a branch; this host only what git can't take for anything else. */
function branchProblem(branch: string, defaultBranch: string): string | null {
  if (branch === defaultBranch) return "branch: is the default branch itself";
  if (/^[A-Za-z0-9_][A-Za-z0-9_./-]{0,199}$/.test(branch) && !/\.\.|\/\/|\.lock(\/|$)|[/.]$/.test(branch)) return null;
  return "branch: use a plain branch name, such as town/my-bead/7";
}

/** The caller that asks for a start learns what room is left. */
const withRoom = ({ status, body }: Answer, { room }: Places): Answer => ({ status, body: body && { ...body, room } });

function send(call: Call, { status, body }: Answer): Response {
  return body ? call.json(body, status) : call.text("", 500);
}
