import { requireHost, TownApi } from "./api.ts";
import { Fault, messageOf } from "./fault.ts";
import { HostProcess } from "./host-process.ts";
import type { Options } from "./options.ts";
import type { StatePaths } from "./paths.ts";
import type { Secrets } from "./secrets.ts";
import { loadWrangler, startWorker } from "./worker.ts";

type Setup = {
  options: Options;
  paths: StatePaths;
  secrets: Secrets;
  port: number;
  drills: readonly string[];
  say: (line: string) => void;
  /** The host is gone for good. */
  onHostLost: (fault: Fault) => void;
};

type Host = { url: string; token: string };

/** The Worker and its host. */
export class Services {
  readonly url: string;
  readonly api: TownApi;
  host: Host = { url: "", token: "" };
  readonly #setup: Setup;
  #process: HostProcess | null = null;
  #worker: Promise<{ dispose(): Promise<void> }> | null = null;
  #restarts = 0;

  constructor(setup: Setup) {
    this.#setup = setup;
    this.url = `http://127.0.0.1:${setup.port}`;
    this.api = new TownApi(this.url, setup.secrets.token);
  }

  /** The host comes up while wrangler loads; the Worker needs to know its port. */
  async start(): Promise<void> {
    const { port, paths, secrets } = this.#setup;
    const [host, wrangler] = await Promise.all([this.#startHost(), loadWrangler()]);
    this.host = host;
    const bindings = {
      TOWNKEEPER_TOKEN: secrets.token,
      RUN_TOKEN_KEY: secrets.runTokenKey,
      HOST_URL: host.url,
      HOST_TOKEN: host.token,
      PUBLIC_URL: this.url,
    };
    this.#worker = startWorker(wrangler, { port, paths, bindings });
    await this.#worker;
  }

  /** The host first: its last reports need somebody to hear them. */
  async stop(): Promise<void> {
    await this.#process?.stop();
    const worker = await this.#worker?.catch(() => null);
    await worker?.dispose();
  }

  async #startHost(): Promise<Host> {
    const { options, paths, secrets, drills } = this.#setup;
    if (options.external) return options.external;
    const process = new HostProcess({ paths, token: secrets.hostToken, drills }, (what) => void this.#revive(what));
    this.#process = process;
    await process.start();
    return { url: process.url, token: secrets.hostToken };
  }

  /** Once: a host that dies again has a reason, which a loop of restarts would only hide. */
  async #revive(what: string): Promise<void> {
    const { say, onHostLost } = this.#setup;
    if (this.#restarts++ > 0) return onHostLost(new Fault(`${what} again: giving up`, 1));
    say(`${what}; starting it again`);
    try {
      await this.#process?.start();
    } catch (error) {
      onHostLost(new Fault(messageOf(error), 1));
    }
  }
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
