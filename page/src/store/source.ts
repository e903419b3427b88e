/** Where what is known comes from. */
import { get, list, problemOf } from "../api.ts";
import { forget, learn, lose, type Snapshot } from "./state.ts";

const EVERY_MS = 1_500;

/** Follows a town until it is told to stop. */
export function follow(townName: string): () => void {
  const leaving = new AbortController();
  forget();
  void (async () => {
    while (!leaving.signal.aborted) {
      try {
        learn(await read(townName, leaving.signal));
      } catch (error) {
        if (!leaving.signal.aborted) lose(problemOf(error));
      }
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    }
  })();
  return () => leaving.abort();
}

async function read(townName: string, signal: AbortSignal): Promise<Snapshot> {
  const at = (path: string) => `/v1/towns/${encodeURIComponent(townName)}${path}`;
  const one = <K extends keyof Snapshot>(path: string) => get<Snapshot[K]>(at(path), signal);
  const some = <T>(path: string, most: number) => list<T>(at(path), most, signal);
  const [town, health, attention, beads, agents, attempts, rigs, hosts, convoys, ticks, incidents] = await Promise.all([
    one<"town">(""),
    one<"health">("/health"),
    one<"attention">("/attention"),
    some<Snapshot["beads"][number]>("/beads", 1_000),
    some<Snapshot["agents"][number]>("/agents", 200),
    some<Snapshot["attempts"][number]>("/attempts", 200),
    some<Snapshot["rigs"][number]>("/rigs", 200),
    some<Snapshot["hosts"][number]>("/hosts", 200),
    some<Snapshot["convoys"][number]>("/convoys", 50),
    some<Snapshot["ticks"][number]>("/ticks", 100),
    some<Snapshot["incidents"][number]>("/incidents", 30),
  ]);
  return { town, health, attention, beads, agents, attempts, rigs, hosts, convoys, ticks, incidents };
}
