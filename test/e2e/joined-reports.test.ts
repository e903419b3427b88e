/** By which way a joined host reports: real host processes, a real Worker, a wire between them that we hold. */
import { expect, test } from "vitest";
import { scene } from "./joined-scene.ts";
import { until } from "./support.ts";
import { PATIENCE_MS } from "./town.ts";
import { wireTo } from "./wire.ts";

const LEASE_MS = 60_000;
const asleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** One host, behind a wire, with one run that waits for its word. */
async function aRunBehind(heard?: (chunk: Buffer) => Buffer) {
  const place = await scene(LEASE_MS);
  const wire = await wireTo(place.port, heard && { heard });
  const host = await place.joinAs("far", wire.port);
  await until(() => place.connected("far"), PATIENCE_MS);
  const id = await place.bead();
  await until(() => place.begun().length === 1, PATIENCE_MS);
  await until(async () => (await place.attempts())[0]?.state === "running", PATIENCE_MS);
  return { ...place, wire, host, id };
}

/** The bead is landed, by one run, whose end was told once. */
async function landedOnce({ ask, get, attempts, doubled, begun, id }: Awaited<ReturnType<typeof aRunBehind>>) {
  await until(async () => (await ask("GET", `/beads/${id}`)).status === "closed", PATIENCE_MS);
  expect((await attempts()).map(({ kind, state, host }) => [kind, state, host])).toEqual([
    ["run", "finished", "far"],
    ["landing", "finished", "far"],
  ]);
  const { items } = (await ask("GET", `/beads/${id}/timeline`)) as { items: { what: string; kind?: string }[] };
  expect(items.filter(({ kind }) => kind === "refused_report")).toEqual([]);
  expect([begun().length, doubled()]).toEqual([1, ""]);
  expect((await get("/invariants")).violations).toEqual([]);
}

test.runIf(process.platform === "linux")(
  "what a joined host has to say goes through its socket, and no report over HTTP",
  async () => {
    const place = await aRunBehind();
    await asleep(1_500);
    place.finish();
    await landedOnce(place);
    expect(place.wire.posted()).toBe(0);
    expect(place.host.said()).not.toMatch(/was lost|not delivered/);
  },
  2 * PATIENCE_MS,
);

test.runIf(process.platform === "linux")(
  "a report whose answer is lost with the socket goes over HTTP at once, and counts once",
  async () => {
    const place = await aRunBehind();
    place.wire.hangUpAfterMore();
    place.finish();
    await landedOnce(place);
    expect(place.wire.posted()).toBeGreaterThan(0);
    expect(place.host.said()).not.toMatch(/not delivered/);
  },
  2 * PATIENCE_MS,
);

test.runIf(process.platform === "linux")(
  "on a socket that has fallen silent no report waits: the run ends over HTTP, before the host dials again",
  async () => {
    const { wire, finish, ask, attempts, host, id } = await aRunBehind();
    wire.deafen();
    finish();
    await until(async () => (await ask("GET", `/beads/${id}`)).status === "in_review", PATIENCE_MS);
    expect(wire.posted()).toBeGreaterThan(0);
    expect((await attempts())[0]).toMatchObject({ kind: "run", state: "finished", host: "far" });
    expect(host.said()).not.toMatch(/not delivered|was lost/);
  },
  2 * PATIENCE_MS,
);

test.runIf(process.platform === "linux")(
  "to a town that does not say that it takes reports through the socket, they go over HTTP, and the connection stands",
  async () => {
    const place = await aRunBehind((chunk) =>
      Buffer.from(chunk.toString("latin1").replace('{"hello":', '{"hallo":'), "latin1"),
    );
    place.finish();
    await landedOnce(place);
    expect(place.wire.posted()).toBeGreaterThan(2);
    expect(place.host.said()).not.toMatch(/was lost|not delivered/);
  },
  2 * PATIENCE_MS,
);
