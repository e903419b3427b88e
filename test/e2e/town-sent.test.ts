/** What commands send, and how each answer of several is told to another command. */
import { execFile } from "node:child_process";
import { createServer } from "node:http";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, onTestFinished, test } from "vitest";
import { repoRoot } from "../../cli/paths.ts";
import { listen, temporary, terminal } from "./support.ts";

const agent = { id: "bob", rig: "lib", status: "idle", enabled: true, paused: null, trouble: null, env: ["A", "KEY"] };
const waits = { kind: "parked", severity: "warning", since: null, times: 1, meanwhile: "it waits", hint: null };
const items = ["lib-1", "lib-2"].map((id) => ({
  ...{ ...waits, key: id, target: { type: "bead", id }, what: id, nextAt: null, verb: null, command: null },
}));
const ANSWERS: Record<string, object> = {
  "/v1/towns/home/agents": { items: [agent] },
  "/v1/towns/home/agents/bob": agent,
  "/v1/towns/home/attention": { items, more: 0 },
};

/** A Worker that answers so, and a terminal. */
async function aTerminal() {
  const sent: unknown[] = [];
  const server = createServer(async (request, response) => {
    const body = await text(request);
    if (request.method !== "GET") sent.push(JSON.parse(body));
    response.end(JSON.stringify(ANSWERS[request.url ?? ""]));
  });
  const folder = temporary();
  const url = `http://127.0.0.1:${await listen(server)}`;
  onTestFinished(() => void server.close());
  const where = { TOWNKEEPER_URL: url, TOWNKEEPER_TOKEN: "tk_test", TOWNKEEPER_TOWN: "home" };
  const town = (...args: string[]): Promise<{ code: number; out: string; err: string }> =>
    new Promise((resolve) => {
      const env = { ...terminal, HOME: folder, INIT_CWD: folder, ...where };
      execFile(process.execPath, [join(repoRoot, "cli/town.ts"), ...args], { env }, (error, out, err) =>
        resolve({ code: Number(error?.code ?? 0), out, err }),
      );
    });
  return { sent, town };
}

test.each([
  [["--env", "A=1", "--env", "B=x=y"], { envChanges: { A: "1", B: "x=y" } }],
  [["--env", "A="], { envChanges: { A: null } }],
  [["--env", "A=1", "--only-env"], { env: { A: "1" } }],
  [["--env", "A=", "--only-env"], { env: { A: "" } }],
  [["--only-env"], { env: {} }],
])("agent edit %j sends %j, and says which variables there are", async (args, body) => {
  const { town, sent } = await aTerminal();
  expect(await town("agent", "edit", "bob", ...args)).toMatchObject({
    code: 0,
    out: "bob: changed; in its environment: A, KEY\n",
  });
  expect(sent).toEqual([body]);
});

test("what waits for a person goes to another command item by item, as what it is about", async () => {
  const { town } = await aTerminal();
  expect(await town("attention", "-o", "name")).toMatchObject({ code: 6, out: "lib-1\nlib-2\n" });
  const lines = (await town("attention", "-o", "jsonl")).out.trimEnd().split("\n");
  expect(lines.map((line) => JSON.parse(line))).toEqual(items);
  expect(JSON.parse((await town("attention", "--json")).out)).toEqual({ items, more: 0 });
});
