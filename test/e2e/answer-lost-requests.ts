/** For each `POST` of the contract that takes a key: what must be there before it, and a request that is taken. */
import { setTimeout as sleep } from "node:timers/promises";
import { BOOT_HEADER } from "../../src/protocol/channel.ts";
import { FAILED, FINISHED, type HostSays, LANDED, type Stage } from "../fuzz/stage.ts";
import type { Asked } from "../liar/liar.ts";

export interface Posted {
  path: string;
  /** Left out: none is sent. A text: lines that are imported. */
  body?: object | string;
}

const PATIENCE_MS = 20_000;
const AN_HOUR = 3_600_000;

/** What the host makes of a run, by the first word of its agent's command; of a landing, by that of its rig's gate. */
const SAYS: Record<string, HostSays> = {
  works: [],
  cut: "cut",
  hangs: "hang",
  fails: [FAILED],
  limited: [{ ...FAILED, failure: "provider_limited", code: "rate_limit", retryAfterMs: AN_HOUR }],
  finishes: [FINISHED],
  lands: [LANDED],
  "past-gate": [{ ...LANDED, pastGate: true }],
  "no-gate": [{ ...FAILED, failure: "rig_trouble", code: "gate_missing" }],
};
export const hostSays = ({ how }: Asked): HostSays => SAYS[how] ?? [];

/** A town with a rig, an agent and beads, each as far as it needs to be. */
class Scene {
  readonly #stage: Stage;
  readonly #at: string;

  constructor(stage: Stage, town: string) {
    this.#stage = stage;
    this.#at = `/v1/towns/${town}`;
  }

  // biome-ignore lint/suspicious/noExplicitAny: an answer is whatever the server said
  async send(method: string, path: string, body?: object): Promise<any> {
    const answer = await this.#stage.ask(method, this.#at + path, body);
    if (answer.httpStatus >= 300) throw new Error(`${method} ${this.#at}${path}: ${JSON.stringify(answer)}`);
    return answer;
  }

  async rig(gate: string | null = null): Promise<void> {
    await this.send("POST", "/rigs", {
      id: "lib",
      repoUrl: "/nowhere.git",
      defaultBranch: "main",
      gate: gate && [gate],
    });
  }

  async agent(how: string, id = "ada", more: object = {}): Promise<void> {
    await this.send("POST", "/agents", { id, rig: "lib", command: [how], ...more });
  }

  async beads(count = 1): Promise<void> {
    await this.send("POST", "/beads:batch", {
      beads: Array.from({ length: count }, (_, n) => ({ rig: "lib", title: `work ${n}` })),
    });
  }

  // biome-ignore lint/suspicious/noExplicitAny: an answer is whatever the server said
  async until(path: string, is: (answer: any) => boolean): Promise<any> {
    for (const endMs = Date.now() + PATIENCE_MS; ; await sleep(20)) {
      const answer = await this.send("GET", path);
      if (is(answer)) return answer;
      if (Date.now() > endMs)
        throw new Error(`${this.#at}${path} never got so far: ${JSON.stringify(answer).slice(0, 2_000)}`);
    }
  }

  bead(status: string): Promise<unknown> {
    return this.until("/beads/lib-1", (bead) => bead.status === status);
  }

  /** Somebody who dials as a host. Resolves once it was let in, or not. */
  async dial(host: string, token: string, boot: string): Promise<void> {
    const headers = { authorization: `Bearer ${token}`, [BOOT_HEADER]: boot };
    const url = `${this.#stage.url.replace(/^http/, "ws")}${this.#at}/hosts/${host}/channel`;
    const socket = new WebSocket(url, { headers } as unknown as string[]);
    await new Promise((resolve) => {
      socket.onopen = socket.onerror = resolve;
    });
  }
}

type Setting = (scene: Scene, town: string) => Promise<Posted>;

const BEAD = { rig: "lib", title: "one" };

const withBead =
  (path: string, body?: object): Setting =>
  async (scene) => {
    await scene.rig();
    await scene.beads(2);
    return { path, ...(body && { body }) };
  };

const withConvoy =
  (path: string, body: object | undefined, convoy: object = {}): Setting =>
  async (scene) => {
    await scene.rig();
    await scene.beads();
    await scene.send("POST", "/convoys", { id: "tour", title: "a tour", beads: [BEAD], ...convoy });
    return { path, ...(body && { body }) };
  };

/** Operation → how it comes to be taken. Paths are below the town's, unless they begin with `/v1`. */
export const settings: Record<string, Setting> = {
  "create-token": async (_, town) => ({ path: "/v1/tokens", body: { name: town, preset: "viewer" } }),
  "rotate-token": async (_scene, town) => ({ path: `/v1/tokens/${town}/rotate`, body: {} }),
  "create-town": async (_, town) => ({ path: "/v1/towns", body: { name: `${town}-new` } }),
  "create-session-token": withBead("/session-tokens"),
  reconcile: withBead("/reconcile"),
  "add-agent": withBead("/agents", { id: "bob", rig: "lib", command: ["works"] }),
  "preflight-agent": async (scene) => {
    await scene.rig();
    await scene.agent("works");
    return { path: "/agents/ada/preflight", body: {} };
  },
  "stop-agent": async (scene) => {
    await scene.rig();
    await scene.agent("works");
    await scene.beads();
    await scene.until("/agents/ada", ({ status }) => status !== "idle" && status !== "starting");
    return { path: "/agents/ada/stop", body: { reason: "enough" } };
  },
  "create-bead": withBead("/beads", BEAD),
  "create-beads": withBead("/beads:batch", { beads: [BEAD, BEAD] }),
  "import-beads": async (scene) => {
    await scene.rig();
    return { path: "/beads:import?rig=lib", body: '{"id":"x-1","title":"one"}\n{"id":"x-2","title":"two"}\n' };
  },
  "cancel-bead": withBead("/beads/lib-1/cancel", { reason: "enough" }),
  "close-bead": withBead("/beads/lib-1/close", { reason: "done elsewhere" }),
  "change-dependencies": withBead("/beads/lib-2/dependencies", { add: [{ on: "lib-1" }] }),
  "reopen-bead": async (scene) => {
    await scene.rig();
    await scene.beads();
    await scene.send("POST", "/beads/lib-1/cancel", { reason: "enough" });
    return { path: "/beads/lib-1/reopen", body: { reason: "after all" } };
  },
  "retry-bead": async (scene) => {
    await scene.rig();
    await scene.send("PATCH", "", { settings: { agentFailureBudget: 1 } });
    await scene.agent("fails");
    await scene.beads();
    await scene.until("/beads/lib-1", ({ status }) => status === "parked" || status === "failed");
    return { path: "/beads/lib-1/retry", body: {} };
  },
  "close-breaker": async (scene) => {
    await scene.send("PATCH", "", { settings: { breakerAfter: 2 } });
    await scene.rig();
    for (const id of ["ada", "bob"]) await scene.agent("cut", id);
    await scene.beads(2);
    await scene.until("", ({ breaker }) => breaker?.open === true);
    return { path: "/breaker/close", body: {} };
  },
  "create-convoy": withBead("/convoys", { id: "tour", title: "a tour", beads: [BEAD] }),
  "change-convoy-members": withConvoy("/convoys/tour/beads", { add: ["lib-1"] }),
  "cancel-convoy": withConvoy("/convoys/tour/cancel", { reason: "enough" }),
  "hold-convoy": withConvoy("/convoys/tour/hold", { reason: "not yet" }),
  "start-convoy": withConvoy("/convoys/tour/start", undefined, { held: true }),
  "add-host": async () => ({ path: "/hosts", body: { id: "box" } }),
  "take-over-host": async (scene) => {
    const { token } = await scene.send("POST", "/hosts", { id: "box" });
    await scene.dial("box", token, "11111111-0000-4000-8000-000000000001");
    await scene.dial("box", token, "22222222-0000-4000-8000-000000000002");
    await scene.until("/hosts/box", ({ refused }) => refused !== null);
    return { path: "/hosts/box/takeover", body: {} };
  },
  "replace-host-token": async (scene) => {
    await scene.send("POST", "/hosts", { id: "box" });
    return { path: "/hosts/box/token" };
  },
  "dismiss-incident": async (scene) => {
    await scene.rig("past-gate");
    await scene.agent("finishes");
    await scene.beads();
    const { items } = await scene.until("/incidents", (answer) => answer.items.length > 0);
    return { path: `/incidents/${items[0].id}/dismiss`, body: {} };
  },
  "retry-provider": async (scene) => {
    await scene.rig();
    await scene.agent("limited", "ada", { provider: "acme" });
    await scene.beads();
    await scene.until("/providers", ({ items }) => items.length > 0);
    return { path: "/providers/acme/retry" };
  },
  "restore-agent": async (scene) => {
    await scene.rig();
    await scene.agent("works");
    await scene.send("DELETE", "/agents/ada");
    return { path: "/agents/ada/restore" };
  },
  "restore-rig": async (scene) => {
    await scene.rig();
    await scene.send("DELETE", "/rigs/lib");
    return { path: "/rigs/lib/restore" };
  },
  "restore-convoy": async (scene) => {
    await scene.rig();
    await scene.send("POST", "/convoys", { id: "tour", title: "a tour", beads: [BEAD] });
    await scene.send("POST", "/convoys/tour/cancel", { reason: "enough" });
    await scene.send("DELETE", "/convoys/tour");
    return { path: "/convoys/tour/restore" };
  },
  "restore-town": async (scene) => {
    await scene.send("DELETE", "");
    return { path: "/restore" };
  },
  "add-rig": async () => ({ path: "/rigs", body: { id: "app", repoUrl: "/nowhere.git" } }),
  "retry-landings": async (scene) => {
    await scene.rig("no-gate");
    await scene.agent("finishes");
    await scene.beads();
    await scene.until("/rigs/lib", ({ landingTrouble, trouble }) => Boolean(landingTrouble ?? trouble));
    return { path: "/rigs/lib/landings/retry" };
  },
  "add-webhook": async () => ({ path: "/webhooks", body: HOOK }),
  "rotate-webhook-secret": async (scene) => withWebhook("/webhooks/chat/secret")(scene, ""),
  "test-webhook": async (scene) => withWebhook("/webhooks/chat/test")(scene, ""),
  redeliver: async (scene) => {
    await scene.send("POST", "/webhooks", HOOK);
    const { id } = await scene.send("POST", "/webhooks/chat/test", {});
    return { path: `/webhooks/chat/deliveries/${id}/redeliver` };
  },
  "preflight-rig": async (scene) => {
    await scene.rig();
    return { path: "/rigs/lib/preflight", body: {} };
  },
};

/** Nobody answers there, and no delivery ends before the test does. */
const HOOK = { id: "chat", url: "https://hooks.example/chat" };

const withWebhook =
  (path: string): Setting =>
  async (scene) => {
    await scene.send("POST", "/webhooks", HOOK);
    return { path, body: {} };
  };

/** A cancel that is done at once, and answered only when the bead's start has arrived: and that hangs. */
export const HELD = "cancel-bead, held";
const heldCancel: Setting = async (scene) => {
  await scene.rig();
  await scene.agent("hangs");
  await scene.beads();
  await scene.until("/agents/ada", ({ status }) => status === "starting");
  return { path: "/beads/lib-1/cancel", body: { reason: "enough" } };
};

/** Makes a town for an operation, and what must be there. */
export async function setting(stage: Stage, operation: string, town: string): Promise<Posted> {
  stage.answerFor(town);
  const made = await stage.ask("POST", "/v1/towns", {
    name: town,
    settings: { leaseMs: AN_HOUR, firstLeaseMs: AN_HOUR, backoffBaseMs: AN_HOUR, backoffCapMs: AN_HOUR },
  });
  if (made.httpStatus !== 201) throw new Error(`${town}: ${JSON.stringify(made)}`);
  const set = operation === HELD ? heldCancel : (settings[operation] as Setting);
  const posted = await set(new Scene(stage, town), town);
  if (operation !== "rotate-token")
    return { ...posted, path: posted.path.startsWith("/v1") ? posted.path : `/v1/towns/${town}${posted.path}` };
  const { id } = await stage.ask("POST", "/v1/tokens", { name: town, preset: "viewer" });
  return { path: `/v1/tokens/${id}/rotate`, body: {} };
}
