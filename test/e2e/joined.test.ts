/** Hosts that dial in over a network that is cut: real host processes, a real Worker, a wire between them that we hold. */
import { type ChildProcess, spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { BOOT_HEADER, PROTOCOL_HEADER } from "../../src/protocol/channel.ts";
import { PROTOCOL } from "../../src/protocol/protocol.ts";
import { git, makeRepository } from "../host/support.ts";
import { listen, readIfThere, temporary, until } from "./support.ts";
import { boot, PATIENCE_MS } from "./town.ts";

/** A wire to a port: cut, nothing passes and nobody is told; mended, it takes new connections. */
async function wireTo(port: number) {
  const ends = new Set<Socket>();
  let isCut = false;
  const server = createServer((near) => {
    if (isCut) return void near.destroy();
    const far = connect(port, "127.0.0.1");
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      ends.add(from);
      from.on("data", (chunk) => void (isCut || to.write(chunk)));
      from.on("error", () => to.destroy());
      from.on("close", () => {
        ends.delete(from);
        to.destroy();
      });
    }
  });
  onTestFinished(() => {
    for (const end of ends) end.destroy();
    server.close();
  });
  const wire = await listen(server);
  return {
    port: wire,
    cut() {
      isCut = true;
    },
    mend() {
      for (const end of ends) end.destroy();
      isCut = false;
    },
  };
}

/** Holds a lock for as long as it lives: two at work at once would be seen, however short. */
const AGENT = `
exec 9>"$WATCH/lock"
flock --nonblock 9 || echo "$TOWN_FENCE" >>"$WATCH/doubled"
echo "$TOWN_FENCE" >>"$WATCH/begun"
until [ -e "$WATCH/go" ]; do sleep 0.2 9>&-; done
echo "by $TOWN_FENCE" >"work.txt"
`;

type Attempt = { fence: number; kind: string; state: string; host: string | null };

async function scene(leaseMs: number) {
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

interface Invitation {
  token: string;
  join: string;
}

function joinWith({ token, join: url }: Invitation, port: number) {
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

test.runIf(process.platform === "linux")(
  "a host that is cut off and comes back before its lease ends goes on with the one run",
  async () => {
    const { port, joinAs, connected, bead, begun, doubled, finish, attempts, ask, get, repository } =
      await scene(60_000);
    const wire = await wireTo(port);
    await joinAs("far", wire.port);
    await until(() => connected("far"), PATIENCE_MS);
    const id = await bead();
    await until(() => begun().length === 1, PATIENCE_MS);
    wire.cut();
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    wire.mend();
    finish();
    await until(async () => (await ask("GET", `/beads/${id}`)).status === "closed", PATIENCE_MS);
    const runs = (await attempts()).filter(({ kind }) => kind === "run");
    expect(runs).toMatchObject([{ state: "finished", host: "far" }]);
    expect([begun().length, doubled()]).toEqual([1, ""]);
    expect(git(repository, "log", "--format=%s", "main")).toBe("Work\nstart");
    expect((await get("/invariants")).violations).toEqual([]);
  },
  2 * PATIENCE_MS,
);

test.runIf(process.platform === "linux")(
  "cut off past its lease it has ended its run, the successor runs elsewhere, and its late word changes nothing",
  async () => {
    const place = await scene(12_000); // a host ends what is silent an eighth of that early: 1.5 s for a busy machine
    const { port, joinAs, bead, begun, doubled, finish, attempts, ask, connected, get, repository } = place;
    const wire = await wireTo(port);
    const far = await joinAs("far", wire.port);
    await until(() => connected("far"), PATIENCE_MS);
    const id = await bead();
    await until(() => begun().length === 1, PATIENCE_MS);
    await joinAs("near");
    await until(() => connected("near"), PATIENCE_MS);
    wire.cut();
    await until(
      async () => (await attempts()).some(({ fence, state }) => fence > 1 && state === "running"),
      PATIENCE_MS,
    );
    await until(() => begun().length >= 2, PATIENCE_MS);
    expect(doubled()).toBe("");
    wire.mend();
    await until(() => connected("far"), PATIENCE_MS);
    finish();
    await until(async () => (await ask("GET", `/beads/${id}`)).status === "closed", PATIENCE_MS);
    const runs = (await attempts()).filter(({ kind }) => kind === "run");
    expect(runs[0]).toMatchObject({ state: "released", host: "far" });
    expect(runs.at(-1)).toMatchObject({ state: "finished", host: "near" });
    expect([doubled(), (await get("/invariants")).violations]).toEqual(["", []]);
    expect(git(repository, "log", "--format=%s", "main")).toBe("Work\nstart");
    expect(git(repository, "show", "main:work.txt")).toBe(`by ${runs.at(-1)?.fence}`);
    expect(far.said()).toMatch(/was lost/);
  },
  2 * PATIENCE_MS,
);

test.runIf(process.platform === "linux")(
  "hosts are listed, disabled, removed; without one a bead says what it waits for; a wrong token joins nothing",
  async () => {
    const { port, add, joinAs, bead, begun, finish, ask, connected } = await scene(60_000);
    const far = await joinAs("far");
    await until(() => connected("far"), PATIENCE_MS);
    expect(await ask("POST", "/hosts", { id: "far" })).toMatchObject({ status: 409, code: "host_exists" });
    expect(JSON.stringify(await ask("GET", "/hosts"))).not.toMatch(/tkh_|token/i);
    expect(await ask("PATCH", "/hosts/far", { enabled: false })).toMatchObject({ enabled: false, connected: true });
    const id = await bead();
    const { gates } = await ask("GET", `/beads/${id}/explain`);
    expect(gates.filter((gate: { ok: boolean }) => !gate.ok)).toMatchObject([{ gate: "no_host" }]);
    expect(begun()).toEqual([]);
    expect((await ask("POST", "/agents/amy/preflight", {})).preflight).toMatchObject({ state: "unknown", checks: [] });
    await ask("PATCH", "/hosts/far", { enabled: true });
    const { preflight } = await ask("POST", "/agents/amy/preflight", {});
    expect(preflight.checks).toMatchObject(
      ["repository", "push", "command", "disk"].map((name) => ({ name, ok: true })),
    );
    await until(() => begun().length === 1, PATIENCE_MS);
    finish();
    await until(async () => (await ask("GET", `/beads/${id}`)).status === "closed", PATIENCE_MS);

    const { join: url } = await add("other");
    const wrong = joinWith({ join: url, token: "tkh_wrong" }, port);
    await until(() => /not let in \(unauthenticated\)/.test(wrong.said()), PATIENCE_MS);
    expect(await connected("other")).toBe(false);
    expect(await ask("DELETE", "/hosts/far")).toMatchObject({ status: 200, id: "far" });
    await until(() => /not let in \(host_removed\): Host far was removed/.test(far.said()), PATIENCE_MS);
    expect(await ask("DELETE", "/hosts/far")).toMatchObject({ status: 404, code: "host_not_found" });
  },
  2 * PATIENCE_MS,
);

const bootsIn = (text: string): string[] => [...text.matchAll(/boot ([0-9a-f-]{36})/g)].map(([, boot = ""]) => boot);

test.runIf(process.platform === "linux")(
  "two machines that join as one host: the newer is refused, both are named, and it has the place when somebody says so",
  async () => {
    const { port, add, ask, bead, finish, begun, connected } = await scene(60_000);
    const invitation = await add("far");
    const first = joinWith(invitation, port);
    await until(() => connected("far"), PATIENCE_MS);
    const [{ boot }] = (await ask("GET", "/hosts")).items;
    const second = joinWith(invitation, port);
    await until(() => /not let in \(host_elsewhere\)/.test(second.said()), PATIENCE_MS);
    const [had, asked] = bootsIn(second.said());
    expect(had).toBe(boot);
    expect(asked).not.toBe(boot);
    expect(second.said()).toMatch(/Host far is there already, as boot .*; this is boot .*takeover/);
    // Nobody throws anybody out, and what is asked of the host gets there.
    const id = await bead();
    await until(() => begun().length === 1, PATIENCE_MS);
    finish();
    await until(async () => (await ask("GET", `/beads/${id}`)).status === "closed", PATIENCE_MS);
    expect(first.said()).not.toMatch(/was lost|closed the connection/);
    expect((await ask("GET", "/hosts")).items).toMatchObject([
      { connected: true, boot, heardAt: expect.any(String), refused: { code: "host_elsewhere", boot: asked } },
    ]);

    const { items } = await ask("GET", "/attention");
    expect(items).toMatchObject([{ kind: "host_refused", target: { type: "host", id: "far" } }]);
    expect(items[0].what).toContain(`boot ${boot} has the place, boot ${asked} is not let in`);
    const { method, path, body } = items[0].verb;
    expect(await ask(method, path.replace("/v1/towns/town", ""), body)).toMatchObject({ status: 200, id: "far" });
    await until(() => /gave this host's place to another machine/.test(first.said()), PATIENCE_MS);
    await until(async () => (await ask("GET", "/hosts")).items[0].boot === asked, 2 * PATIENCE_MS);
    await until(() => /not let in \(host_elsewhere\)/.test(first.said()), PATIENCE_MS);
    expect(await ask("POST", "/hosts/far/takeover", { boot: asked })).toMatchObject({ code: "nobody_waits" });

    // The one that is too many leaves; the other stays, and the trouble is over once it has been quiet for a while.
    await first.leave();
    expect(await connected("far")).toBe(true);
    await second.leave();
    await until(async () => !(await connected("far")), PATIENCE_MS);
    joinWith(invitation, port);
    await until(() => connected("far"), PATIENCE_MS);
  },
  6 * PATIENCE_MS,
);

test.runIf(process.platform === "linux")(
  "each reason for which a host is not let in has its own words on its side, and on the town's where a person must act",
  async () => {
    const { port, add, ask, connected } = await scene(60_000);
    const [far, near] = [await add("far"), await add("near")];
    const says = async (invitation: Invitation, words: RegExp, via = port) => {
      const host = joinWith(invitation, via);
      await until(() => words.test(host.said()), PATIENCE_MS);
      await host.leave();
      return host.said();
    };
    await says({ ...far, token: "tkh_wrong" }, /not let in \(unauthenticated\): The host's token is missing, wrong/);
    await says({ ...far, token: near.token }, /\(wrong_host\): This token is of host near of town town, .* host far /);
    await says({ ...far, join: far.join.replace("far", "unknown") }, /\(wrong_host\): This token is of host far/);
    const server = createServer(() => {});
    const closed = await listen(server);
    server.close();
    await says(far, /can't be reached: ECONNREFUSED/, closed);
    expect((await ask("GET", "/attention")).items).toEqual([]);

    await ask("POST", "/hosts/far/token");
    await says(far, /\(token_replaced\): The token of host far was replaced, and this is a former one/);
    expect((await ask("GET", "/attention")).items).toMatchObject([
      { kind: "host_refused", target: { id: "far" }, what: expect.stringContaining("with a token that was replaced") },
    ]);
    expect((await ask("GET", "/hosts")).items[0]).toMatchObject({ id: "far", refused: { code: "token_replaced" } });
    const renewed = await ask("POST", "/hosts/far/token");
    const good = joinWith({ ...far, token: renewed.token }, port);
    await until(() => connected("far"), PATIENCE_MS);
    expect((await ask("GET", "/attention")).items).toEqual([]);
    await good.leave();

    const headers = { authorization: `Bearer ${renewed.token}`, [BOOT_HEADER]: "b", [PROTOCOL_HEADER]: "7" };
    const old = await fetch(`http://127.0.0.1:${port}/v1/towns/town/hosts/far/channel`, { headers });
    expect(await old.json()).toMatchObject({
      code: "protocol_unsupported",
      detail: `This host program speaks protocol 7, and the town ${PROTOCOL}.`,
    });

    await ask("DELETE", "/hosts/near");
    const log = await says(near, /\(host_removed\): Host near was removed from its town\. Add it again/);
    expect(log).not.toContain(near.token);
    expect((await ask("GET", "/attention")).items).toEqual([]);
  },
  6 * PATIENCE_MS,
);
