/**
 * Requests, and what a person types at a terminal for the same: the one place where the words of HTTP and those of the terminal part.
 * The town speaks of requests; programs that show its words at a terminal have them translated here.
 */

interface Asked {
  /** What stands in the path for the first thing in braces; where that is a placeholder, what kind of thing it is. */
  id: string;
  /** The town's name; `TOWN` where it is left open. */
  town: string;
  /** What is sent with it, in the body or behind the `?`. As far as it can be read; what it leaves open is `…`. */
  body: Record<string, unknown>;
}

type Words = string | ((asked: Asked) => string | null);

/** A value of a body, as a shell takes it. What is left open is named. */
function word(value: unknown, open: string): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  if (text === undefined || text === "…" || /^\{.*\}$/.test(text)) return open;
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

const listOf = (value: unknown): unknown[] => (Array.isArray(value) && value.length > 0 ? value : [undefined]);
/** The first of them, which is the one that the body is about. */
const firstOf = (value: unknown): unknown => listOf(value)[0];

const has = (body: Asked["body"], key: string, value: unknown): boolean =>
  Object.hasOwn(body, key) && body[key] === value;

/** The reason that is sent with a pause or a hold. */
const why = (told: unknown): string => `--why ${word((told as { why?: unknown } | null)?.why, "REASON")}`;

function ofTown({ body }: Asked): string | null {
  if (has(body, "paused", null)) return "resume";
  if (has(body, "draining", false)) return "undrain";
  if (has(body, "draining", true)) return "drain";
  if ("paused" in body) return `pause ${why(body.paused)}`;
  const [setting] = Object.entries((body.settings ?? {}) as object);
  return setting ? `town set ${setting[0]}=${word(setting[1], "VALUE")}` : "town set SETTING=VALUE";
}

function ofRig({ id, body }: Asked): string | null {
  if (has(body, "paused", null)) return `rig resume ${id}`;
  if ("paused" in body) return `rig pause ${id} ${why(body.paused)}`;
  if ("maxAgents" in body) return `rig edit ${id} --max-agents ${word(body.maxAgents, "N")}`;
  if ("maxInReview" in body) return `rig edit ${id} --max-in-review ${word(body.maxInReview, "N")}`;
  if ("defaultBranch" in body)
    return `rig edit ${id} --branch ${body.defaultBranch === null ? "none" : word(body.defaultBranch, "BRANCH")}`;
  return `rig edit ${id}`;
}

function ofAgent({ id, body }: Asked): string | null {
  if (has(body, "enabled", true)) return `enable ${id}`;
  if (has(body, "enabled", false)) return `disable ${id}`;
  if (has(body, "paused", null)) return `agent resume ${id}`;
  return "paused" in body ? `agent pause ${id} ${why(body.paused)}` : `agent edit ${id}`;
}

function ofBead({ id, body }: Asked): string | null {
  if (has(body, "hold", null)) return `bead release ${id}`;
  if ("hold" in body) return `bead hold ${id} ${why(body.hold)}`;
  return "touches" in body ? `bead edit ${id} --touches ${word(firstOf(body.touches), "PATH")}` : `bead edit ${id}`;
}

const ROWS: Readonly<Record<string, Words>> = {
  "GET /{town}": "town show",
  "PATCH /{town}": ofTown,
  "DELETE /{town}": ({ town, body }) => `town delete ${town}${"forever" in body ? " --forever" : ""}`,
  "POST /restore": ({ town }) => `town restore ${town}`,
  "GET /removed": "town removed",
  "POST /reconcile": "reconcile",
  "GET /plan": "plan",
  "GET /health": "health",
  "GET /attention": "attention",
  "GET /incidents": "incidents",
  "POST /incidents/{id}/dismiss": ({ id }) => `incident dismiss ${id}`,
  "GET /ticks": "ticks",
  "GET /rigs": "rig list",
  "POST /rigs": "rig add RIG REPOSITORY",
  "GET /rigs/{id}": ({ id }) => `rig show ${id}`,
  "PATCH /rigs/{id}": ofRig,
  "POST /rigs/{id}/preflight": ({ id, body }) => `rig preflight ${id}${body.begin === true ? " --begin" : ""}`,
  "POST /rigs/{id}/restore": ({ id }) => `rig restore ${id}`,
  "POST /rigs/{id}/landings/retry": ({ id }) => `rig retry ${id}`,
  "GET /agents": "agent list",
  "POST /agents": ({ body }) => `agent add AGENT --rig ${word(body.rig, "RIG")} --preset TOOL`,
  "GET /agents/{id}": ({ id }) => `agent show ${id}`,
  "PATCH /agents/{id}": ofAgent,
  "POST /agents/{id}/restore": ({ id }) => `agent restore ${id}`,
  "POST /agents/{id}/preflight": ({ id }) => `preflight ${id}`,
  "POST /agents/{id}/stop": ({ id, body }) => `agent stop ${id} --why ${word(body.reason, "REASON")}`,
  "GET /beads": "bead list",
  "GET /beads/{id}": ({ id }) => `bead show ${id}`,
  "PATCH /beads/{id}": ofBead,
  "GET /beads/{id}/explain": ({ id }) => `explain ${id}`,
  "GET /beads/{id}/diff": ({ id }) => `bead diff ${id}`,
  "POST /beads/{id}/retry": ({ id }) => `retry ${id}`,
  "POST /beads/{id}/cancel": ({ id }) => `bead cancel ${id} --why REASON`,
  "POST /beads/{id}/close": ({ id }) => `bead close ${id} --why REASON`,
  "POST /beads/{id}/reopen": ({ id }) => `bead reopen ${id} --why REASON`,
  "POST /beads/{id}/dependencies": ({ id, body }) =>
    "remove" in body
      ? `bead depend ${id}${listOf(body.remove)
          .map((each) => ` --not-on ${word(each, "BEAD")}`)
          .join("")}`
      : `bead depend ${id}`,
  "GET /convoys": "convoy list",
  "GET /convoys/{id}": ({ id }) => `convoy show ${id}`,
  "POST /convoys/{id}/start": ({ id }) => `convoy start ${id}`,
  "POST /convoys/{id}/cancel": ({ id }) => `convoy cancel ${id} --why REASON`,
  "GET /hosts": "host list",
  "POST /hosts": "host add HOST",
  "GET /hosts/{id}": ({ id }) => `host show ${id}`,
  "PATCH /hosts/{id}": ({ id, body }) => `host ${body.enabled === false ? "disable" : "enable"} ${id}`,
  "POST /hosts/{id}/token": ({ id }) => `host token ${id}`,
  "POST /hosts/{id}/takeover": ({ id, body }) =>
    `host takeover ${id}${"boot" in body ? ` --boot ${word(body.boot, "BOOT")}` : ""}`,
  "GET /webhooks": "webhook list",
  "POST /webhooks": "webhook add WEBHOOK URL",
  "GET /webhooks/{id}": ({ id }) => `webhook show ${id}`,
  "PATCH /webhooks/{id}": ({ id, body }) =>
    `webhook change ${id}${has(body, "enabled", true) ? " --enable" : has(body, "enabled", false) ? " --disable" : ""}`,
  "DELETE /webhooks/{id}": ({ id }) => `webhook remove ${id}`,
  "GET /webhooks/{id}/deliveries": ({ id }) => `webhook deliveries ${id}`,
  "GET /attempts": "attempt list",
  "GET /attempts/{id}/diff": ({ id }) => `attempt diff ${id}`,
  "GET /providers": "provider list",
  "POST /providers/{id}/retry": ({ id }) => `provider retry ${id}`,
  "POST /breaker/close": ({ body }) => `breaker close${"host" in body ? ` --host ${word(body.host, "HOST")}` : ""}`,
  "GET /quarantine": "quarantine list",
  "DELETE /quarantine/{id}": ({ id }) => `quarantine dismiss ${id}`,
  "GET /unreadable": "unreadable list",
  "DELETE /unreadable/{id}": ({ id }) => `unreadable dismiss ${id}`,
  "GET /v1/towns": "town list",
  "POST /v1/towns": "town create TOWN",
  "GET /v1/tokens": "token list",
  "POST /v1/tokens": "token create NAME --preset PRESET",
};

/** All that is said by them, with what is left open in it. */
export const allTerminalWords = (): string[] =>
  Object.entries(ROWS).flatMap(([request, words]) => {
    const known =
      typeof words === "string" ? words : words({ id: openId(request.split("/")[1]), town: OPEN_TOWN, body: {} });
    return known === null ? [] : [known];
  });

const OPEN_TOWN = "TOWN";
const openId = (things = ""): string => things.replace(/s$/, "").toUpperCase();

/** The words of `npm run town` for a request, without what begins each; null: there are none. @param path below a town, from `/rigs` on; else the whole */
export function terminalWords(
  method: string,
  path: string,
  body: Record<string, unknown> | null,
  town = OPEN_TOWN,
): string | null {
  const parts = path.split("/").slice(1);
  for (const [request, words] of Object.entries(ROWS)) {
    const [verb, shape = ""] = request.split(" ");
    const wanted = shape.split("/").slice(1);
    const fits = verb === method && wanted.length === parts.length;
    if (!fits || !wanted.every((part, at) => part === parts[at] || (part.startsWith("{") && at > 0))) continue;
    const given = parts[wanted.findIndex((part) => part.startsWith("{"))];
    const id = given === undefined || /^\{.*\}$/.test(given) ? openId(parts[0]) : word(given, openId(parts[0]));
    return typeof words === "string" ? words : words({ id, town, body: body ?? {} });
  }
  return null;
}

/** The same of a request as it is sent. */
export const wordsOfVerb = (verb: {
  method: string;
  path: string;
  body: Record<string, unknown> | null;
}): string | null => terminalWords(verb.method, belowTown(verb.path), verb.body);

/** `/v1/towns/home/rigs` is `/rigs`, and the town itself `/{town}`. */
const belowTown = (path: string): string => path.replace(/^\/v1\/towns\/[^/]+/, "") || "/{town}";

const REQUEST =
  /\b(GET|POST|PATCH|DELETE) (…|\/v1\/towns\/[\w{}-]+|(?=\/v1\/t))((?:\/[\w{}:-]+)*)(\?\w+=\w+)?( \{(?:[^{}]|\{[^{}]*\})*\})?/g;

/** Every request in a text that has words of its own at the terminal, in those. @param shown how a command is shown */
export function inTerminalWords(text: string, shown: (words: string) => string): string {
  return text.replace(REQUEST, (whole, method: string, town: string, path: string, query = "", body = "") => {
    const sent = { ...Object.fromEntries(new URLSearchParams(query)), ...bodyIn(body) };
    const words = terminalWords(method, path || "/{town}", sent, /^\/v1\/towns\/([\w-]+)$/.exec(town)?.[1]);
    return words === null ? whole : shown(words);
  });
}

/** The same for the reader of a log. */
export const inShellWords = (text: string): string => inTerminalWords(text, (words) => `npm run town -- ${words}`);

/** What is left open in it is `…`. */
function bodyIn(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text.replace(/,\s*…/g, "").replace(/:\s*…/g, ':"…"').replace(/\[…\]/g, '["…"]'));
  } catch {
    return {};
  }
}
