/** Hosts that dial in over a network that is cut: real host processes, a real Worker, a wire between them that we hold. */
import { createServer } from "node:net";
import { expect, test } from "vitest";
import { BOOT_HEADER, PROTOCOL_HEADER } from "../../src/protocol/channel.ts";
import { PROTOCOL } from "../../src/protocol/common.ts";
import { type Invitation, joinWith, scene } from "./joined-scene.ts";
import { listen, until } from "./support.ts";
import { PATIENCE_MS } from "./town.ts";

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
