/** That a refusal has changed nothing: first by the files, and where something was written by all that can be read. */
import { createHash } from "node:crypto";
import { HOME, SIDES } from "./ids.ts";
import { isRefusal } from "./judge.ts";
import type { Request } from "./request.ts";
import type { Reply, Stage } from "./stage.ts";

/** What people see of a town, but for how its loop fares: a refusal is told of there. */
const SHOWN = [
  ...["", "/rigs", "/agents", "/convoys?limit=200", "/hosts", "/attempts?limit=200", "/incidents?limit=200"],
  ...[
    "/quarantine?limit=200",
    "/providers",
    "/unreadable?limit=200",
    "/audit?limit=200",
    "/beads:export?rig=lib",
    "/beads:export?rig=app",
  ],
].map((path) => `/v1/towns/${HOME}${path}`);
const PATHS = ["/v1/towns?limit=200", "/v1/tokens?limit=200", ...SHOWN];

/** Looking at all of it costs more than most requests: before each so many that may change something, and before whatever is sent again. */
const LOOKED_EACH = 3;

/** A town's passes go on beside: so often it is tried whether it was this. */
const TRIES = 5;

/** So long before the request the last look may lie. */
const LOOK_MS = 5_000;

interface Ticked {
  startedAt: string;
  completedAt: string | null;
  commands?: unknown[];
}

/** Path → what is shown there. */
type Seen = ReadonlyMap<string, string>;

export class Unchanged {
  readonly #stage: Stage;
  #known: Seen | null = null;
  #side: string[] = [];
  #sent = 0;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  /** @returns the answer, and what a refusal has changed; mostly nothing */
  async send(request: Request): Promise<{ reply: Reply; changed: string | null }> {
    // Of a town beside, which is as its odd settings have it, only what is asked of it matters.
    const side = SIDES.filter((town) => request.path.startsWith(`/v1/towns/${town}`)).map(
      (town) => `/v1/towns/${town}`,
    );
    if (side.join() !== this.#side.join()) this.#known = null;
    this.#side = side;
    const isLooked = request.method !== "GET" && this.#sent++ % LOOKED_EACH === 0;
    if (isLooked) await this.#look();
    else this.#watchAgain();
    const sentMs = Date.now();
    const reply = await this.#stage.send(request);
    if (!isRefusal(reply) || !this.#stage.wasWritten()) return { reply, changed: null };
    const before = this.#known;
    const first = before && (await this.#differs(before));
    return { reply, changed: before && first === "" ? null : await this.#again(request, first, sentMs) };
  }

  /** What is known of before stays so, as long as nothing was written. */
  #watchAgain(): void {
    if (!this.#stage.wasWritten()) return;
    this.#known = null;
    this.#stage.watchFiles();
  }

  async #look(): Promise<Seen> {
    if (this.#known && !this.#stage.wasWritten()) return this.#known;
    for (let tries = 0; tries < TRIES; tries++) {
      await this.#stage.quiet();
      this.#known = await this.#seen();
      if (!this.#stage.wasWritten()) break;
    }
    return this.#known as Seen;
  }

  /** @returns the paths that show something else now */
  async #differs(before: Seen): Promise<string> {
    this.#stage.watchFiles();
    this.#known = await this.#seen();
    const now = this.#known;
    return [...before].flatMap(([path, digest]) => (now.get(path) === digest ? [] : [path])).join(", ");
  }

  /** Whether it changes something whenever it is sent; what was seen the first time may have been a pass beside it. */
  async #again(request: Request, first: string | null, sentMs: number): Promise<string | null> {
    for (let tries = 0; tries < TRIES; tries++) {
      const before = await this.#look();
      const again = await this.#stage.send(request);
      if (!isRefusal(again)) return null;
      if (!this.#stage.wasWritten() || (await this.#differs(before)) === "")
        return first && !(await this.#passedBeside(sentMs))
          ? `the refusal has changed, the first time, ${first}`
          : null;
    }
    return "the refusal changes what is shown, each time";
  }

  /** On a slow machine a start's deadline passes between two looks: then a tick says so that no command has brought. */
  async #passedBeside(sentMs: number): Promise<boolean> {
    const { items = [] } = await this.#stage.ask("GET", `/v1/towns/${HOME}/ticks?limit=50`);
    const isSince = (time: string | null) => time !== null && Date.parse(time) >= sentMs - LOOK_MS;
    const isBeside = ({ startedAt, completedAt, commands = [] }: Ticked) =>
      isSince(startedAt) ? commands.length === 0 : isSince(completedAt);
    return (items as Ticked[]).some(isBeside);
  }

  async #seen(): Promise<Seen> {
    const all = [...PATHS, ...this.#side].map(async (path) => {
      const { text } = await this.#stage.send({ method: "GET", path, headers: {}, body: undefined });
      return [path, createHash("sha256").update(text).digest("hex")] as const;
    });
    return new Map(await Promise.all(all));
  }
}
