/** How a Worker is bundled and run: by the real wrangler and the real workerd. */
import { existsSync, mkdtempSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { freePort } from "../../cli/preflight.ts";
import { bundle, workerBundle } from "../../cli/worker-bundle.ts";
import { spawnWorkerd } from "../../cli/workerd.ts";

const CODE = "export default { fetch: (_, env) => Response.json(env) };";
const ODD = { QUOTED: '"); }\\', UMLAUT: "Bäume, 木", LINES: "one\ntwo\0three", EMPTY: "" };

test("bindings reach the Worker as they are, whatever is in them, and their file is gone once it runs", async () => {
  const folder = mkdtempSync(join(tmpdir(), "townkeeper-test-"));
  writeFileSync(join(folder, "0"), CODE);
  const port = await freePort(0);
  const config = join(folder, "config.capnp");
  const setup = {
    bundle: {
      folder,
      modules: [{ name: "worker.js", file: "0", isCode: true }],
      compatibilityDate: "2026-08-15",
      compatibilityFlags: [],
      vars: { QUOTED: "replaced", VAR: "kept" },
      objects: {},
    },
    port,
    bindings: ODD,
    storage: join(folder, "storage"),
    config,
  };
  const child = await new Promise<ReturnType<typeof spawnWorkerd>>((resolve) => {
    const started = spawnWorkerd(setup, () => resolve(started), console.error);
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  expect(existsSync(config)).toBe(false);
  expect(await (await fetch(`http://127.0.0.1:${port}`)).json()).toEqual({
    ...{ VAR: "kept", ...ODD },
    // A binding has no words.
    WEBHOOK_NETWORK: {},
  });
});

test("a Worker that can't be bundled says why", async () => {
  const folder = mkdtempSync(join(tmpdir(), "townkeeper-test-"));
  const config = join(folder, "wrangler.toml");
  writeFileSync(config, 'name = "broken"\nmain = "worker.js"\ncompatibility_date = "2026-08-15"\n');
  writeFileSync(join(folder, "worker.js"), 'import "./nowhere.js";');
  await expect(bundle(config, folder)).rejects.toThrow(/nowhere\.js/);
});

test("what is built in a checkout can be used by whoever may read that", async () => {
  const { folder } = await workerBundle();
  for (const built of [folder, join(import.meta.dirname, "../../page/dist")])
    expect(statSync(built).mode & 0o777).toBe(0o777 & ~process.umask());
});
