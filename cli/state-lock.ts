import { takeLock } from "../host/state-lock.ts";
import { Fault } from "./fault.ts";
import { type StatePaths, shown } from "./paths.ts";
import { stateFault } from "./preflight.ts";

/** One that is just ending is given so long to be gone. */
const LEAVES_WITHIN_MS = 3_000;

/**
 * Takes the state folder for this process.
 *
 * @returns gives the folder back
 * @throws Fault if another townkeeper lives there
 */
export async function lockState({ folder, lock }: StatePaths): Promise<() => void> {
  const taken = await takeLock(lock, LEAVES_WITHIN_MS).catch((error) => Promise.reject(stateFault(folder, error)));
  if ("release" in taken) return taken.release;
  const remedy = "Stop that one, or give another folder with --state DIR";
  throw new Fault(
    taken.heldBy > 0
      ? `the state folder ${shown(folder)} is in use by another townkeeper (pid ${taken.heldBy}). ${remedy}`
      : `the state folder ${shown(folder)} is being taken by another townkeeper just now. Try again`,
  );
}
