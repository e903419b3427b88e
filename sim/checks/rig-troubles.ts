/** How the trouble of a rig goes on: by its row before and after, and by nothing of the code that wrote it. */
import { oneOf, type Rows, rowsOf } from "./scene.ts";

interface Trouble {
  failure: { kind: string; code: string; atMs: number };
  sinceMs: number;
  fence: number;
  beads: string[];
  untilMs: number | null;
  rests: string | null;
  restsFence: number;
}

/** What a host that reaches its town says of a remote that it does not reach. */
const TRANSFERS: readonly string[] = ["clone_failed", "fetch_failed", "submodule_failed", "lfs_failed", "push_failed"];

const isPersons = ({ failure: { kind, code } }: Trouble): boolean => kind === "rig_trouble" || code === "gate_missing";
const isRemotes = ({ failure: { kind, code } }: Trouble): boolean => kind === "unreachable" && TRANSFERS.includes(code);

export class RigTroubles {
  #before = new Map<string, Trouble>();

  check(scene: Rows): void {
    const now = new Map<string, Trouble>();
    const rows = rowsOf<{ key: string; trouble: string }>(
      scene,
      `SELECT 'landings of ' || id AS key, landing_trouble AS trouble FROM rigs WHERE landing_trouble IS NOT NULL
        UNION ALL SELECT 'runs of ' || id, push_trouble FROM rigs WHERE push_trouble IS NOT NULL`,
    );
    for (const { key, trouble } of rows) now.set(key, JSON.parse(trouble) as Trouble);
    for (const [key, is] of now) {
      const was = this.#before.get(key);
      const wrong = was && was.sinceMs === is.sinceMs && is.fence !== was.fence ? wrongStep(was, is) : null;
      if (wrong) scene.violation(`rig trouble: ${key}, fence ${is.fence}: ${wrong}`);
    }
    this.#before = now;
  }
}

/** What must not come of one more attempt that met it. */
function wrongStep(was: Trouble, is: Trouble): string | null {
  if (was.rests === "asked" && is.fence <= was.restsFence)
    return "what had begun before a person said that it is mended counts as if it had begun since";
  if (is.restsFence !== was.restsFence) return null;
  if (was.rests !== null && is.untilMs === null && (isPersons(is) || isRemotes(is)))
    return "it was known, it is there still, and nothing waits for it";
  if (was.rests !== null || is.rests !== null) return null;
  return isPersons(was) && !isPersons(is) ? "what a person must mend is forgotten for what is over by itself" : null;
}

/** No landing leaves that began while its bead, or all of its rig, had to wait. */
export function checkBarred(scene: Rows, fence: number): void {
  const begun = oneOf<{ bead: string; startedMs: number; trouble: string }>(
    scene,
    `SELECT t.bead_id AS bead, t.started_at_ms AS startedMs, r.landing_trouble AS trouble
      FROM attempts t JOIN rigs r ON r.id = t.rig_id WHERE t.fence = ? AND r.landing_trouble IS NOT NULL`,
    fence,
  );
  if (!begun) return;
  const { failure, beads, untilMs, fence: since } = JSON.parse(begun.trouble) as Trouble;
  const wasThere = since < fence && failure.atMs <= begun.startedMs;
  const concernsIt = beads.length > 1 || beads.includes(begun.bead);
  if (wasThere && concernsIt && untilMs !== null && untilMs > begun.startedMs)
    scene.violation(`fence ${fence} begins to land ${untilMs - begun.startedMs} ms before its rig is tried again`);
}
