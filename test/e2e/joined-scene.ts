/** A town and the hosts that join it, as processes, with a wire between them that a test can cut. */
import { type ChildProcess, spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { makeRepository } from "../host/support.ts";
import { readIfThere, temporary } from "./support.ts";
import { boot } from "./town.ts";

/** Holds a lock for as long as it lives: two at work at once would be seen, however short. */
const AGENT = `
exec 9>"$WATCH/lock"
flock --nonblock 9 || echo "$TOWN_FENCE" >>"$WATCH/doubled"
echo "$TOWN_FENCE" >>"$WATCH/begun"
until [ -e "$WATCH/go" ]; do sleep 0.2 9>&-; done
echo "by $TOWN_FENCE" >"work.txt"
`;

type Attempt = { fence: number; kind: string; state: string; host: string | null };

export async function scene(leaseMs: number) {
  const { services, get, token } = await boot();
  const watch = temporary();
  const { url } = makeRepository();
  const { api } = services;
  const settings = { hosts: "external", leaseMs, firstLeaseMs: leaseMs, heartbeatMs: 500, backoffBaseMs: 100 };
  await api.createTown({ name: "town", settings: settings as never });
  await api.addRig("town", { id: "lib", repoUrl: url });
  await api.addAgent("town", { id: "amy", rig: "lib", command: ["sh", "-c", AGENT], env: { WATCH: watch } });
  const ask = async (method: string, path: string, body?: object) => {
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const init = { method, headers, ...(body && { body: JSON.stringify(body) }) };
    const response = await fetch(`${services.url}/v1/towns/town${path}`, init);
    // biome-ignore lint/suspicious/noExplicitAny: a response is whatever the server said
    return { status: response.status, ...((await response.json()) as any) };
  };
  const port = Number(new URL(services.url).port);
  const add = async (id: string) => (await ask("POST", "/hosts", { id })) as { token: string; join: string };
  const joinAs = async (id: string, via = port) => joinWith(await add(id), via);
  const connected = async (id: string) =>
    (await ask("GET", "/hosts")).items.find((host: { id: string }) => host.id === id)?.connected;
  return {
    ask,
    get,
    port,
    add,
    joinAs,
    connected,
    repository: url,
    bead: async () => (await ask("POST", "/beads", { rig: "lib", title: "Work" })).id as string,
    begun: () => readIfThere(join(watch, "begun")).split("\n").filter(Boolean),
    doubled: () => readIfThere(join(watch, "doubled")),
    finish: () => writeFileSync(join(watch, "go"), ""),
    attempts: async () =>
      ((await ask("GET", "/attempts?limit=200")).items as Attempt[]).sort((a, b) => a.fence - b.fence),
  };
}

export interface Invitation {
  token: string;
  join: string;
}

export function joinWith({ token, join: url }: Invitation, port: number) {
  const to = url.replace(/:\d+\//, `:${port}/`);
  const argv = ["host/main.ts", "--join", to, "--token-file", "-", "--state", temporary()];
  const child: ChildProcess = spawn(process.execPath, argv, { stdio: ["pipe", "pipe", "pipe"] });
  const said: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk) => said.push(String(chunk)));
  child.stdin?.end(token);
  const ended = new Promise((resolve) => child.once("exit", resolve));
  onTestFinished(async () => {
    child.kill("SIGTERM");
    await ended;
  });
  return {
    said: () => said.join(""),
    leave: async () => {
      child.kill("SIGTERM");
      await ended;
    },
  };
}
