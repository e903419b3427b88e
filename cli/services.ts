import { MANY_CONNECTIONS } from "../src/lib/lane.ts";
import { quoted } from "../src/lib/shell-words.ts";
import { requireHost, TownApi } from "./api.ts";
import { Client } from "./client.ts";
import { Fault, messageOf } from "./fault.ts";
import { HostProcess } from "./host-process.ts";
import { Keeper } from "./keeper.ts";
import type { Options } from "./options.ts";
import { checkoutState, type StatePaths, shown } from "./paths.ts";
import type { Secrets } from "./secrets.ts";
import { againWith } from "./town/again.ts";
import { WorkerProcess, type WorkerSetup } from "./worker-process.ts";

type Setup = {
  options: Pick<Options, "external" | "agentUser"> & Partial<Pick<Options, "passEnv" | "privateWebhooks">>;
  paths: StatePaths;
  secrets: Secrets;
  port: number;
  drills: readonly string[];
  /** How many runs the host takes on at a time, if not as many as it does by itself. */
  maxRuns?: number;
  /** Whether commits say which bead and attempt they are of; they do unless this is false. */
  trailers?: boolean;
  say: (line: string) => void;
  /** The Worker or the host is gone for good. */
  onLost: (fault: Fault) => void;
};

type Host = { url: string; token: string };

/** The Worker and its host, each in a process of its own, which is started again if it dies. */
export class Services {
  readonly url: string;
  readonly api: TownApi;
  host: Host = { url: "", token: "" };
  readonly #setup: Setup;
  readonly #hostKeeper: Keeper;
  readonly #workerKeeper: Keeper;
  readonly #hostProcess: HostProcess;
  readonly #workerProcess: WorkerProcess;

  constructor(setup: Setup) {
    const { port, secrets, paths, say, onLost: giveUp } = setup;
    this.#setup = setup;
    this.url = `http://127.0.0.1:${port}`;
    this.api = new TownApi(new Client(this.url, secrets.token));
    this.#hostKeeper = new Keeper({ start: () => this.#hostProcess.start(), say, giveUp });
    this.#workerKeeper = new Keeper({ start: () => this.#workerProcess.start(this.#workerSetup()), say, giveUp });
    this.#hostProcess = new HostProcess(
      { ...setup, ...setup.options, token: secrets.hostToken },
      (what) => void this.#hostKeeper.died(what),
    );
    this.#workerProcess = new WorkerProcess(paths, say, (what) => void this.#workerKeeper.died(what));
  }

  /** The host comes up while the Worker is bundled, if it must be; the Worker needs to know its port. */
  async start(): Promise<void> {
    await Promise.all([this.#startHost(), this.#workerProcess.prepare()]);
    await this.#workerProcess.start(this.#workerSetup());
  }

  /**
   * The Worker first: a town that goes on while its host leaves begins anew what was just ended, and takes the end of everything for
   * the failure of its host. What the host has to say of what it ends it keeps, and says when it starts again.
   */
  async stop(): Promise<void> {
    this.#hostKeeper.stop();
    this.#workerKeeper.stop();
    await this.#workerProcess.stop();
    await this.#hostProcess.stop();
  }

  async #startHost(): Promise<void> {
    const { options, secrets } = this.#setup;
    if (!options.external) await this.#hostProcess.start();
    this.host = options.external ?? { url: this.#hostProcess.url, token: secrets.hostToken };
  }

  #workerSetup(): WorkerSetup {
    const { port, secrets, options } = this.#setup;
    const bindings = {
      TOWNKEEPER_TOKEN: secrets.token,
      RUN_TOKEN_KEY: secrets.runTokenKey,
      HOST_URL: this.host.url,
      HOST_CONNECTIONS: String(MANY_CONNECTIONS),
      HOST_TOKEN: this.host.token,
      PUBLIC_URL: this.url,
      ...commandWords(this.#setup.paths),
      ...(options.privateWebhooks && { WEBHOOKS_PRIVATE: "allow" }),
    };
    return { port, bindings };
  }
}

/** For the page, which shows commands that work wherever they are typed in this checkout. */
function commandWords({ folder }: StatePaths) {
  const isUsual = folder === checkoutState;
  return {
    TOWN_COMMAND: againWith(isUsual ? {} : { state: folder })("{}"),
    TOWN_STATE: quoted(isUsual ? shown(folder) : folder),
  };
}

/** @throws Fault if no host answers at `--host-url`, or it does not take the token */
export async function requireExternalHost({ external }: Options): Promise<void> {
  if (!external) return;
  try {
    await requireHost(external);
  } catch (error) {
    const { cause } = error as Error;
    const why = cause instanceof Error ? messageOf(cause) : messageOf(error);
    throw new Fault(`the host at ${external.url} does not answer: ${why}. Start it, or check TOWNKEEPER_HOST_TOKEN`);
  }
}
