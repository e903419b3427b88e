import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundle } from "../cli/worker-bundle.ts";
import { spawnWorkerd } from "../cli/workerd.ts";

type Setup = {
  /** Its wrangler.toml. */
  config: string;
  /** Instead of the one that its configuration names. */
  entry?: string;
  port: number;
  bindings?: Readonly<Record<string, string>>;
  /** Where its objects are kept, unless they go with it. */
  storage?: string;
};

/** Runs any Worker as `npm start` runs the product's, in a folder of its own that goes with it. */
export async function startWorkerd({
  config,
  entry,
  port,
  bindings = {},
  storage,
}: Setup): Promise<{ stop(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), "townkeeper-workerd-"));
  const bundled = await bundle(config, folder, entry);
  const said: string[] = [];
  const { promise: ready, resolve: onReady, reject } = Promise.withResolvers<void>();
  const setup = {
    bundle: bundled,
    port,
    bindings,
    storage: storage ?? join(folder, "storage"),
    config: join(folder, "config.capnp"),
  };
  const child = spawnWorkerd(setup, onReady, (line) => said.push(line));
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  child.once("error", reject);
  void ended.then(() => reject(new Error(`workerd ended:\n${said.slice(-20).join("\n")}`)));
  await ready;
  return {
    stop: async () => {
      child.kill("SIGKILL");
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
