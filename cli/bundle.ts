/** Bundles the Worker, if that was not done since its sources changed: part of the installation, so that no start has to. */
import { Fault } from "./fault.ts";
import { workerBundle } from "./worker-bundle.ts";

try {
  await workerBundle(() => console.error("townkeeper: bundling the Worker, once"));
} catch (error) {
  if (!(error instanceof Fault)) throw error;
  console.error(`townkeeper: ${error.message}`);
  process.exitCode = error.exitCode;
}
