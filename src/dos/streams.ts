import type { Changed } from "../db/changes.ts";
import type { Tx } from "../db/client.ts";
import { log } from "../lib/log.ts";
import { messageOf } from "../lib/text.ts";
import type { Report } from "../protocol/reports.ts";
import type { QueryName } from "../queries/index.ts";
import type { HostView } from "../views/host.ts";
import { LogFollowers } from "./following/log-followers.ts";
import { askedIn } from "./following/request.ts";
import { Sockets } from "./following/sockets.ts";
import { TownFollowers } from "./following/town-followers.ts";
import type { Result } from "./result.ts";

/** What a town lends to those who follow it. */
interface Lent {
  read<T>(query: (tx: Tx) => T): Result<T>;
  query(name: QueryName, input: unknown): Promise<Result<unknown>>;
}

/** Who follows a town, or what an attempt prints. The platform keeps their sockets while the town sleeps. */
export class Streams {
  readonly #sockets: Sockets;
  readonly #town: TownFollowers;
  readonly #logs: LogFollowers;

  constructor(ctx: DurableObjectState, { read, query }: Lent) {
    this.#sockets = new Sockets(ctx);
    const hosts = async (): Promise<readonly HostView[]> => {
      const listed = await query("list-hosts", {});
      return listed.ok ? (listed.value as { items: HostView[] }).items : [];
    };
    this.#town = new TownFollowers(this.#sockets, { read, hosts });
    this.#logs = new LogFollowers(this.#sockets, { read });
  }

  /** A commit has changed something, or nothing. */
  changed(changed: Changed): void {
    beside(() => {
      this.#town.changed(changed);
      this.#logs.changed(changed.changes);
    });
  }

  /** Runs have said something. */
  reported(reports: readonly Report[]): void {
    const of = (kind: Report["kind"]) => [
      ...new Set(reports.filter((report) => report.kind === kind).map(({ fence }) => fence)),
    ];
    beside(() => {
      this.#logs.printed(of("log"));
      this.#town.progressed(of("progress"));
    });
  }

  /** @returns null where it is about something else */
  async fetch(request: Request): Promise<Response | null> {
    const asked = askedIn(request);
    if (!asked) return null;
    const followed =
      "fence" in asked
        ? this.#logs.follow(asked.fence, asked.after, asked.untilMs)
        : await this.#town.follow(asked.wanted, asked.after, asked.untilMs);
    return followed.ok ? followed.value : Response.json(followed.problem, { status: followed.problem.status });
  }

  isOf = (socket: WebSocket): boolean => this.#sockets.isOf(socket);

  /** It says that it reads. */
  hear(socket: WebSocket, message: string | ArrayBuffer): void {
    this.#sockets.hear(socket, message);
  }

  /** It is closed from here too, where it has only gone away. */
  lost(socket: WebSocket): void {
    this.#sockets.closed(socket);
  }
}

/** What is committed is committed, whether anybody can be told of it or not. */
function beside(tell: () => void): void {
  try {
    tell();
  } catch (error) {
    log("error", `those who follow a town could not be told: ${messageOf(error)}`);
  }
}
