/** Whatever agents and people write, no command of `town` and nothing that `npm start` tells hands a terminal anything but text. */
import { createServer } from "node:http";
import { expect, onTestFinished, test, vi } from "vitest";
import { Display } from "../../cli/display.ts";
import { statePaths } from "../../cli/paths.ts";
import { prepareState } from "../../cli/preflight.ts";
import { loadSecrets } from "../../cli/secrets.ts";
import { Services } from "../../cli/services.ts";
import { urlOf } from "../../cli/town/connection.ts";
import { runTown } from "../../cli/town/program.ts";
import { logToStderr } from "../../host/log.ts";
import { servers } from "../inputs/addresses.ts";
import { ESCAPES, OTHERS } from "../inputs/texts.ts";
import { freePort, listen, temporary } from "./support.ts";

/** What commands a terminal, or has what stands in one place read in another. */
const COMMANDS = /(?![\n\t])[\p{Cc}\p{Bidi_Control}]/u;
const HOSTILE = ESCAPES.join(" ").slice(0, 199);
const SHORT = ESCAPES.join("").slice(0, 59);

/** What a command writes, to either output. */
async function written(work: () => Promise<unknown>): Promise<string> {
  let text = "";
  const write = (more: unknown) => {
    text += String(more);
    return true;
  };
  const spies = [process.stdout, process.stderr].map((stream) =>
    vi.spyOn(stream, "write").mockImplementation(write as never),
  );
  try {
    await work();
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
  return text;
}

async function aHostileTown() {
  const state = temporary();
  const paths = statePaths(state);
  prepareState(paths.folder);
  const secrets = loadSecrets(paths);
  const external = { url: `http://127.0.0.1:${await freePort()}`, token: "nobody" };
  const options = { external, agentUser: null, passEnv: null };
  const services = new Services({
    options,
    paths,
    secrets,
    port: await freePort(),
    drills: [],
    say: () => {},
    onLost: () => {},
  });
  onTestFinished(() => services.stop());
  await services.start();
  const send = async (method: string, path: string, body: object) => {
    const headers = { authorization: `Bearer ${secrets.token}`, "content-type": "application/json" };
    const answer = await fetch(`${services.url}/v1${path}`, { method, headers, body: JSON.stringify(body) });
    expect([path, answer.status, answer.ok ? "" : await answer.text()]).toEqual([path, answer.status, ""]);
  };
  const paused = { why: HOSTILE, by: SHORT };
  await send("POST", "/towns", { name: "home" });
  await send("POST", "/towns/home/rigs", {
    id: "lib",
    repoUrl: "/no\u001b[2Jwhere.git",
    defaultBranch: "main",
    gate: ["sh", "-c", HOSTILE],
  });
  await send("POST", "/towns/home/agents", { id: "ada", rig: "lib", command: ["sh", HOSTILE], env: { A: HOSTILE } });
  await send("PATCH", "/towns/home/agents/ada", { paused });
  await send("PATCH", "/towns/home/rigs/lib", { paused });
  const bead = {
    rig: "lib",
    title: HOSTILE,
    body: HOSTILE,
    acceptance: HOSTILE,
    labels: [SHORT],
    metadata: { [SHORT]: HOSTILE },
  };
  await send("POST", "/towns/home/beads:batch", {
    beads: [{ ...bead, ref: "a" }, bead, { ...bead, dependsOn: ["a"] }],
  });
  await send("PATCH", "/towns/home/beads/lib-1", { hold: paused });
  await send("POST", "/towns/home/beads/lib-2/cancel", { reason: HOSTILE });
  await send("POST", "/towns/home/convoys", { id: "tour", title: HOSTILE, beads: [bead] });
  await send("POST", "/towns/home/convoys/tour/hold", { reason: HOSTILE });
  await send("POST", "/tokens", { name: SHORT, preset: "viewer" });
  await send("PATCH", "/towns/home", { paused });
  vi.stubEnv("TOWNKEEPER_URL", services.url);
  vi.stubEnv("TOWNKEEPER_TOKEN", secrets.token);
  vi.stubEnv("TOWNKEEPER_TOWN", "home");
  onTestFinished(() => void vi.unstubAllEnvs());
}

const commands = [
  ...[
    "status",
    "health",
    "attention",
    "doctor",
    "ticks",
    "incidents",
    "top",
    "town show",
    "town list",
    "rig list",
    "rig show lib",
    "agent list",
    "agent show ada",
  ],
  ...[
    "bead list",
    "bead show lib-1",
    "bead show lib-2",
    "bead timeline lib-2",
    "explain lib-1",
    "explain lib-3",
    "convoy list",
    "convoy show tour",
  ],
  ...[
    "token list",
    "host list",
    "audit",
    "pause --why again",
    "bead hold lib-1 --why again",
    "preflight ada",
    "bead cancel lib-2 --reason x",
    "bead edit lib-1 --priority 1",
  ],
  ...[
    "agent resume ada",
    "rig resume lib",
    "resume",
    "bead release lib-1",
    "bead export --rig lib",
    "bead create x --rig nowhere",
    "retry lib-2",
    "bead show nobody-1",
  ],
];

test("every command shows it as text, in each format", async () => {
  await aHostileTown();
  const wrong: string[] = [];
  for (const format of ["table", "json", "jsonl", "name"])
    for (const command of commands) {
      const text = await written(() => runTown([...command.split(" "), "-o", format], process.env));
      if (COMMANDS.test(text))
        wrong.push(
          `${command} -o ${format}: ${JSON.stringify(COMMANDS.exec(text)?.[0])} in ${JSON.stringify(text.slice(0, 300))}`,
        );
      if (format === "table" && /^forged: /m.test(text)) wrong.push(`${command}: a line that is none of its own`);
      process.exitCode = 0;
    }
  expect(wrong).toEqual([]);
});

test.each([...ESCAPES, ...OTHERS])("what npm start tells and what a host logs of %j is text", async (text) => {
  const lines: string[] = [];
  const display = new Display({ isTTY: false, write: (line: string) => lines.push(line) } as never);
  const bead = { id: "lib-1", title: text, status: "open", agent: null, blockedBy: 0, notBeforeAt: null };
  const empty = { beads: [], attempts: [], agents: [] };
  display.begin(empty as never);
  display.update({ ...empty, beads: [{ ...bead, status: "in_progress" }] } as never);
  display.say(text);
  expect(lines.join("")).not.toMatch(COMMANDS);
  expect(lines[0]).not.toMatch(/^forged/m);
  const logged = await written(async () => logToStderr(text, { town: "home" }));
  expect(logged.trimEnd()).not.toMatch(/\p{Cc}/u);
});

test("a server's address is http or https, without a name, a password or a question in it", () => {
  const outcome = (url: string) => {
    try {
      return urlOf("--url", url) && "taken";
    } catch {
      return "refused";
    }
  };
  for (const [url, expected] of servers) expect([url, outcome(url)]).toEqual([url, expected]);
});

test.each([301, 302, 303, 307, 308])(
  "a server that answers %i leads the command nowhere, with its token or what it sends",
  async (status) => {
    const asked: string[] = [];
    const elsewhere = createServer((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      response.writeHead(200, { "content-type": "application/json" }).end("{}");
    });
    const to = `http://127.0.0.1:${await listen(elsewhere)}`;
    const leads = createServer(
      (request, response) => void response.writeHead(status, { location: to + request.url }).end(),
    );
    const url = `http://127.0.0.1:${await listen(leads)}`;
    onTestFinished(() => {
      for (const server of [elsewhere, leads]) {
        server.closeAllConnections();
        server.close();
      }
    });
    vi.stubEnv("TOWNKEEPER_TOKEN", "tk_hush");
    onTestFinished(() => void vi.unstubAllEnvs());
    for (const command of [["bead", "list"], ["bead", "create", "x", "--rig", "lib"], ["watch"]]) {
      let code = 0;
      const text = await written(async () => {
        code = await runTown([...command, "--url", url, "--town", "home"], process.env);
      });
      expect([code, text]).toEqual([
        3,
        `town: ${url} leads elsewhere, to ${to}: give that as the URL, if it is yours\n`,
      ]);
    }
    expect(asked).toEqual([]);
  },
);
