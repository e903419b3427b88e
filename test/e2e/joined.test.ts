/** Hosts that dial in over a network that is cut: real host processes, a real Worker, a wire between them that we hold. */
import { expect, test } from "vitest";
import { git } from "../host/support.ts";
import { joinWith, scene } from "./joined-scene.ts";
import { until } from "./support.ts";
import { PATIENCE_MS } from "./town.ts";
import { wireTo } from "./wire.ts";

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
