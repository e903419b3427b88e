/**
 * Hosts that have joined: each dials in, and the town asks it through that channel. Channels are lost and come back, with the
 * town, with their host or alone; and somebody disables a host, or takes it away and lets the same machine join again.
 */
import { eq } from "drizzle-orm";
import { hosts } from "../src/db/schema.ts";
import { refusalOf } from "../src/dos/host-door.ts";
import type { AgentHost, HostReply } from "../src/ports/ports.ts";
import { NOT_CONNECTED } from "../src/protocol/channel.ts";
import { PROTOCOL } from "../src/protocol/common.ts";
import type { Fact } from "../src/reconciler/ingest.ts";
import { oneOf } from "./checks/scene.ts";
import type { Clockwork } from "./clockwork.ts";
import type { SimHost } from "./host.ts";
import type { Size } from "./life.ts";
import type { World } from "./world.ts";

const MINUTE = 60_000;
/** A stream of its own, so that the other things of a world stay as they are. */
const STREAM = "joined";

const goneOf = (host: string): Fact => ({ type: "host_disconnected", payload: { host } });

interface Channel {
  host: SimHost;
  isOpen: boolean;
  /** It has a token: somebody has added it, and nobody has taken it away since. */
  isMember: boolean;
  /** Who waits for an answer through it. */
  waiting: Set<() => void>;
}

/** The sockets of one town, as `dos/host-channels.ts` keeps them. */
export class Channels {
  readonly #world: World;
  readonly #clock: Clockwork;
  readonly #channels = new Map<string, Channel>();
  /** Of hosts that were taken away and not drained: up to which fence nothing counts that they say. */
  readonly #disownedTo = new Map<string, number>();

  /** When another machine last dialled as this host, by the town's clock. */
  readonly knockedAtMs = new Map<string, number>();

  constructor(world: World) {
    this.#world = world;
    this.#clock = world.world;
    for (const host of world.hosts)
      this.#channels.set(host.name, { host, isOpen: false, isMember: false, waiting: new Set() });
  }

  isDisowned = (host: string, fence: number): boolean => fence <= (this.#disownedTo.get(host) ?? 0);

  join(name: string): void {
    const channel = this.#of(name);
    if (channel.isMember) return;
    this.#world.surely({ type: "host_added", payload: { id: name, tokenHash: "0".repeat(64) } });
    channel.isMember = true;
    this.#dial(channel);
  }

  /** Somebody takes the machine away. The last one stays. */
  remove(name: string, drain: boolean): void {
    const channel = this.#of(name);
    if (!channel.isMember) return;
    this.#world.surely({ type: "host_removed", payload: { host: name, drain } }, true);
    if (oneOf(this.#world, "SELECT 1 AS x FROM hosts WHERE id = ?", name)) return;
    if (!drain)
      this.#disownedTo.set(name, oneOf<{ n: number }>(this.#world, "SELECT last_fence AS n FROM town")?.n ?? 0);
    channel.isMember = false;
    this.#world.settlements.capacity.forgotten(name);
    this.knockedAtMs.delete(name);
    this.#hangUp(channel);
    // Its socket says so a moment later, when its row is gone.
    this.#clock.after(this.#clock.between(1, 50, STREAM), () => this.#gone(channel));
  }

  /** The wire is cut, and both ends know. */
  lose(name: string): void {
    const channel = this.#of(name);
    if (!channel.isOpen) return;
    this.#hangUp(channel);
    this.#gone(channel);
  }

  /** What a crash takes along, nobody says. */
  townDied(): void {
    for (const channel of this.#channels.values()) {
      channel.waiting.clear(); // whoever waited is dead
      if (channel.isOpen && this.#clock.random(STREAM) < 0.5) this.#hangUp(channel);
    }
  }

  /** A new incarnation looks whether those are there who it believes to be. */
  townIsBack(): void {
    const lost = [...this.#channels.values()].filter((channel) => !channel.isOpen && this.#isBelieved(channel));
    if (lost.length > 0) this.#world.tell(lost.map(({ host }) => goneOf(host.name)));
  }

  /** Another machine dials as this host, which is there. */
  knock(name: string): void {
    const { town, violation } = this.#world;
    const row = town.tx.select().from(hosts).where(eq(hosts.id, name)).get();
    if (!this.#of(name).isOpen || !row) return;
    const twin = { host: name, bootId: `${name}-twin`, protocol: PROTOCOL, tokenHash: row.tokenHash };
    const refused = refusalOf(row, twin, { bootId: row.bootId, silentInMs: MINUTE }, town.nowMs);
    if (refused?.code !== "host_elsewhere") {
      violation(`two machines are let in as host ${name}`);
      return;
    }
    this.#world.surely({ type: "host_refused", payload: { host: name, bootId: twin.bootId, code: "host_elsewhere" } });
    this.knockedAtMs.set(name, town.nowMs);
  }

  everybodyBack(): void {
    for (const [name, channel] of this.#channels) {
      this.join(name);
      this.#world.surely({ type: "host_changed", payload: { host: name, enabled: true } });
      if (!channel.isOpen) this.#dial(channel);
    }
  }

  /** Each order goes to the host that it names, if that is there. */
  port(alive: () => boolean, atAwait: () => void): AgentHost {
    const ports = new Map(this.#world.hosts.map((host) => [host.name, host.port(alive, atAwait)]));
    const through = (name: string | null, ask: (port: AgentHost) => Promise<HostReply>): Promise<HostReply> => {
      const channel = this.#of(name ?? "");
      const port = ports.get(channel.host.name) as AgentHost;
      if (channel.isOpen) return this.#asked(channel, () => ask(port), alive, atAwait);
      this.#gone(channel);
      return Promise.resolve({ accepted: false, bootId: "none", code: NOT_CONNECTED, message: "not connected" });
    };
    return {
      start: (order, signal, send) => through(order.host, (port) => port.start(order, signal, send)),
      land: (order, signal, send) => through(order.host, (port) => port.land(order, signal, send)),
      stop: (order, signal) => through(order.host, (port) => port.stop(order, signal)),
      nudge: (order, signal) => through(order.host, (port) => port.nudge(order, signal)),
    };
  }

  #asked(channel: Channel, ask: () => Promise<HostReply>, alive: () => boolean, atAwait: () => void) {
    return new Promise<HostReply>((resolve, reject) => {
      const lost = () => {
        if (alive()) atAwait();
        if (alive()) reject(new Error("the connection was lost"));
      };
      channel.waiting.add(lost);
      const over = () => channel.waiting.delete(lost);
      ask().then(resolve, reject).finally(over);
    });
  }

  #of(name: string): Channel {
    const channel = this.#channels.get(name);
    if (!channel) throw new Error(`no host is called "${name}"`);
    return channel;
  }

  #isBelieved = ({ host: { name } }: Channel): boolean =>
    oneOf(this.#world, "SELECT 1 AS x FROM hosts WHERE id = ? AND connected_at_ms IS NOT NULL", name) !== undefined;

  /** The pass that was told of it failed, and the fact is kept for a later one. */
  #isKept = ({ host: { name } }: Channel): boolean =>
    oneOf(
      this.#world,
      "SELECT 1 AS x FROM events WHERE type = 'host_connected' AND json_extract(payload, '$.host') = ?",
      name,
    ) !== undefined;

  #gone({ host: { name } }: Channel): void {
    this.#world.tell([goneOf(name)]);
  }

  /** What was asked through it is answered by nobody; it dials again, if it may. */
  #hangUp(channel: Channel): void {
    channel.isOpen = false;
    const waiting = [...channel.waiting];
    channel.waiting.clear();
    for (const lost of waiting) lost();
    this.#clock.after(this.#clock.between(500, 30_000, STREAM), () => this.#dial(channel));
  }

  #dial(channel: Channel): void {
    if (channel.isOpen || !channel.isMember) return;
    const again = () => this.#clock.after(this.#clock.between(500, 30_000, STREAM), () => this.#dial(channel));
    if (channel.host.isAway) {
      again();
      return;
    }
    channel.isOpen = true;
    const { name } = channel.host;
    this.#world.tell([{ type: "host_connected", payload: { host: name, bootId: `${name}-boot` } }]);
    // Who could not be written down is not let in: the town's answer is an error then.
    if (!this.#isBelieved(channel) && !this.#isKept(channel)) {
      channel.isOpen = false;
      again();
    }
  }
}

export function planJoined(world: World, { stormyMs }: Size): void {
  const { joined, faults, world: clock } = world;
  if (!joined) return;
  for (const { name } of world.hosts) joined.join(name);
  const name = () => world.hosts[clock.between(0, world.hosts.length, STREAM)]?.name ?? "";
  const plan = (mishap: Parameters<typeof faults.befalls>[0], perHour: number, act: () => void) => {
    const most = clock.random(STREAM) < 0.3 ? 0 : (perHour * stormyMs) / (60 * MINUTE);
    for (let left = Math.ceil(most * clock.random(STREAM)); left > 0; left--)
      clock.after(clock.between(0, stormyMs, STREAM), () => faults.befalls(mishap) && act());
  };
  plan("channelLost", 12, () => joined.lose(name()));
  plan("hostRemoved", 2, () => {
    const host = name();
    joined.remove(host, clock.random(STREAM) < 0.4);
    clock.after(clock.between(1, 60, STREAM) * MINUTE, () => joined.join(host));
  });
  plan("hostDisabled", 1, () => {
    const host = name();
    const set = (enabled: boolean) => world.surely({ type: "host_changed", payload: { host, enabled } }, true);
    set(false);
    clock.after(clock.between(1, 60, STREAM) * MINUTE, () => set(true));
  });
}
