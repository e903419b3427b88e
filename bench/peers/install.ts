import { join } from "node:path";

/** What is compared is nobody's dependency but the benchmark's: it lies beside it, from a lockfile of its own. */
export async function installPeers(): Promise<void> {
  const path = join(import.meta.dirname, "../../scripts/install.mjs");
  const { install } = (await import(path)) as { install: (root: string) => Promise<void> };
  await install(import.meta.dirname);
}
