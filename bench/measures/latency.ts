/**
 * How long from "create this bead" to the host's receipt of its start, one bead after the other, each through its whole life:
 * on a quiet town, beside fifty agents at work whose heartbeats come in, and while one start hangs.
 */
import type { Order } from "../host.ts";
import { type Bench, makeTown, type Quantiles, quantiles, withWorker } from "../town.ts";

const WARM_UP = 50;
const BUSY_AGENTS = 50;
/** Fifty agents that are heard of every twelve seconds are four signs of life a second; here it is ten times as many. */
const BEATS_EVERY_MS = 1_250;

export interface Latency {
  /** From `POST` to the host's receipt of the start. */
  quiet: Quantiles;
  busy: Quantiles;
  hungStart: Quantiles;
  /** From the host's no to the answer of a question that finds the agent idle. */
  refusedToIdle: Quantiles;
  /** From the last word on a landing to the receipt of the start that waited for it. */
  finishToDependent: Quantiles;
}

export const measureLatency = (n: number): Promise<Latency> =>
  withWorker(async (bench) => ({
    quiet: await starts(bench, "quiet", n),
    busy: await besideOthers(bench, n),
    hungStart: await besideHung(bench, n),
    refusedToIdle: await refused(bench, Math.min(n, 300)),
    finishToDependent: await dependents(bench, Math.min(n, 300)),
  }));

/** One bead after the other in the rig `lib` of this town. */
async function starts({ api, host }: Bench, town: string, n: number, agents = 1): Promise<Quantiles> {
  if (agents > 0) await makeTown(api, town, { agents });
  const times: number[] = [];
  let startedMs = 0;
  let closed = () => {};
  // What another town has left to do comes to the same host, and is none of this.
  host.onOrder = (order) => {
    if (order.agent !== null && order.town === town) times.push(order.atMs - startedMs);
    return "done";
  };
  host.onHeard = (order) => {
    if (order.agent === null && order.town === town) closed();
  };
  for (let i = 0; i < n + WARM_UP; i++) {
    const over = new Promise<void>((resolve) => {
      closed = resolve;
    });
    startedMs = performance.now();
    await api.createBeads(town, [{ rig: "lib", title: `bead ${i}` }]);
    await over;
  }
  return quantiles(times.slice(WARM_UP));
}

async function besideOthers(bench: Bench, n: number): Promise<Quantiles> {
  const { api, host } = bench;
  await makeTown(api, "busy", { rigs: ["others"], agents: BUSY_AGENTS });
  await api.addRig("busy", { id: "lib", repoUrl: "/nowhere.git" });
  await api.addAgent("busy", { id: "ada", rig: "lib", command: ["true"] });
  host.onOrder = () => "lives";
  await api.createBeads(
    "busy",
    Array.from({ length: BUSY_AGENTS }, (_, i) => ({ rig: "others", title: `long work ${i}` })),
  );
  while (host.live < BUSY_AGENTS) await new Promise((resolve) => setTimeout(resolve, 50));
  let beating = true;
  const beats = (async () => {
    while (beating) {
      await host.heartbeat();
      await new Promise((resolve) => setTimeout(resolve, BEATS_EVERY_MS));
    }
  })();
  try {
    return await starts(bench, "busy", n, 0);
  } finally {
    beating = false;
    await beats;
    host.onHeard = () => {};
    await host.finish();
  }
}

async function besideHung(bench: Bench, n: number): Promise<Quantiles> {
  const { api, host } = bench;
  await makeTown(api, "hung", { rigs: ["lib", "far"], settings: { startDeadlineMs: 600_000 } });
  let hangs = () => {};
  const hung = new Promise<void>((resolve) => {
    hangs = resolve;
  });
  host.onOrder = () => {
    hangs();
    return "hangs";
  };
  await api.createBeads("hung", [{ rig: "far", title: "its start hangs" }]);
  await hung;
  return starts(bench, "hung", n, 0);
}

async function refused({ api, host }: Bench, n: number): Promise<Quantiles> {
  await makeTown(api, "refused", { agents: n, settings: { breakerAfter: 1_000 } });
  const times: number[] = [];
  let answered = (_order: Order) => {};
  host.onOrder = (order) => {
    // What was at work beside others lands meanwhile.
    if (order.town !== "refused") return "done";
    answered(order);
    return "refused";
  };
  for (let i = 0; i < n; i++) {
    const said = new Promise<Order>((resolve) => {
      answered = resolve;
    });
    await api.createBeads("refused", [{ rig: "lib", title: `bead ${i}` }]);
    const { agent } = await said;
    const atMs = performance.now();
    for (;;) {
      const { status } = await api.of("refused").get("/agents/{agent}", { agent: agent ?? "" });
      if (status === "idle") break;
    }
    times.push(performance.now() - atMs);
    await api.of("refused").patch("/agents/{agent}", { agent: agent ?? "" }, { enabled: false });
  }
  return quantiles(times);
}

async function dependents({ api, host }: Bench, n: number): Promise<Quantiles> {
  await makeTown(api, "chain");
  const times: number[] = [];
  let toldMs: number | null = null;
  let done = () => {};
  const over = new Promise<void>((resolve) => {
    done = resolve;
  });
  host.onOrder = ({ town, agent, atMs }) => {
    if (town === "chain" && agent !== null && toldMs !== null) times.push(atMs - toldMs);
    return "done";
  };
  host.onLastWord = ({ town, agent, atMs }) => {
    if (town === "chain" && agent === null) toldMs = atMs;
  };
  host.onHeard = ({ town, agent, bead }) => {
    if (town === "chain" && agent === null && bead === `lib-${n}`) done();
  };
  for (let made = 0; made < n; made += 100) {
    const beads = Array.from({ length: Math.min(100, n - made) }, (_, i) => ({
      ref: `b${made + i}`,
      rig: "lib",
      title: `bead ${made + i}`,
      // One chain: the first of each hundred waits for the last of those before.
      dependsOn: i > 0 ? [`b${made + i - 1}`] : made > 0 ? [`lib-${made}`] : [],
    }));
    await api.createBeads("chain", beads);
  }
  await over;
  host.onLastWord = () => {};
  return quantiles(times);
}
