/** What there is in the fuzzed town: made anew each round as far as it has gone, and known by its ids. */
import type { Route } from "./document.ts";
import type { Stage } from "./stage.ts";
import type { Id, Kind } from "./values.ts";

/** Where most happens. */
export const HOME = "home";
/** Are made, changed and removed: what their settings say must not disturb what is looked at in the other. */
export const SIDES = ["side-0", "side-1", "side-2"];

/** So that nothing happens by itself while a refusal is looked at. */
const CALM = 7 * 24 * 3_600_000;
const SETTINGS = {
  ...{ leaseMs: CALM, firstLeaseMs: CALM, backoffBaseMs: CALM, backoffCapMs: CALM, providerWaitMs: CALM },
  ...{ startDeadlineMs: 20_000, startsPerMinute: 100_000, breakerAfter: 1_000 },
};

const LISTS: Partial<Record<Kind, { path: string; of: string }>> = {
  agent: { path: "/agents", of: "id" },
  bead: { path: "/beads?limit=200", of: "id" },
  rig: { path: "/rigs", of: "id" },
  convoy: { path: "/convoys?limit=200", of: "id" },
  host: { path: "/hosts", of: "id" },
  incident: { path: "/incidents?limit=200", of: "id" },
  fence: { path: "/attempts?limit=200", of: "fence" },
  event: { path: "/quarantine?limit=200", of: "id" },
  id: { path: "/unreadable?limit=200", of: "id" },
  provider: { path: "/providers", of: "id" },
  webhook: { path: "/webhooks", of: "id" },
};

export class Ids {
  readonly #stage: Stage;
  readonly #known = new Map<Kind, string[]>();

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  pick({ kind, n }: Id, { name, path, method }: Pick<Route, "name" | "path" | "method">): string {
    const isOfTowns = path === "/v1/towns" || (path === "/v1/towns/{town}" && method !== "GET");
    if (kind === "town") {
      if (isOfTowns || n % 10 === 9) return SIDES[n % SIDES.length] as string;
      return HOME;
    }
    const known = this.#known.get(kind) ?? [];
    // What is asked for in vain is asked for too.
    return known[n % known.length] ?? (name && kind === "token" ? "0123456789ab" : "1");
  }

  /** All that requests are about. What is there already is refused, and that is as good. */
  async found(round: number): Promise<void> {
    const post = async (path: string, body: object) => {
      const { httpStatus, detail } = await this.#stage.ask("POST", path, body);
      if (httpStatus !== 201 && httpStatus !== 409) throw new Error(`${path}: ${httpStatus} ${detail}`);
    };
    await post("/v1/towns", { name: HOME, settings: SETTINGS });
    for (const name of SIDES) await post("/v1/towns", { name });
    const home = `/v1/towns/${HOME}`;
    for (const id of ["lib", "app"]) await post(`${home}/rigs`, { id, repoUrl: "/nowhere.git" });
    for (const [id, rig] of [
      ["ada", "lib"],
      ["bob", "lib"],
      ["eve", "app"],
    ])
      await post(`${home}/agents`, { id, rig, command: ["work"] });
    const beads = Array.from({ length: 4 }, (_, n) => ({ rig: n % 2 ? "app" : "lib", title: `work ${round}-${n}` }));
    await post(`${home}/beads:batch`, { beads });
    await post(`${home}/convoys`, { id: `together-${round}`, title: "Together", beads: beads.slice(0, 2) });
    await post(`${home}/hosts`, { id: "far" });
    // It is told nothing by itself.
    await post(`${home}/webhooks`, { id: "hook", url: "https://hooks.example.com/", enabled: false });
    await post("/v1/tokens", { name: `of round ${round}`, preset: "viewer" });
    await this.#learn();
  }

  async #learn(): Promise<void> {
    for (const [kind, list] of Object.entries(LISTS)) {
      const { items } = await this.#stage.ask("GET", `/v1/towns/${HOME}${list.path}`);
      this.#known.set(kind as Kind, idsIn(items, list.of));
    }
    const told = await this.#stage.ask("GET", `/v1/towns/${HOME}/webhooks/hook/deliveries`);
    this.#known.set("delivery", idsIn(told.items, "id"));
    const { items } = await this.#stage.ask("GET", "/v1/tokens?limit=200");
    this.#known.set("token", idsIn(items, "id"));
  }
}

const idsIn = (items: unknown, of: string): string[] =>
  Array.isArray(items) ? items.map((item: Record<string, unknown>) => String(item[of])) : [];
