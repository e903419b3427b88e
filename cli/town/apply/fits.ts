/** What the town would refuse is refused before anything is done: a file that is half carried out is worse than one that is not. Pure. */
import { Refusal } from "../../../src/lib/guard.ts";
import { contradictionIn, defaultSettings, readSettings, withSettings } from "../../../src/lib/settings.ts";
import { Fault } from "../../fault.ts";
import { didYouMean } from "../nearest.ts";
import type { Desired } from "./file.ts";
import type { Now } from "./plan.ts";

/** @throws Fault that says where the file and the town do not go together */
export function refuseUnfit(desired: Desired, now: Now, prune: boolean): void {
  const named = Object.keys(desired.rigs).length + Object.keys(desired.agents).length;
  if (prune && named === 0)
    throw new Fault("the file names no rig and no agent: with --prune all of the town would go. Nothing was changed");
  refuseUnfitSettings(desired, now);
  for (const [id, { repoUrl }] of Object.entries(desired.rigs))
    if (repoUrl === undefined && !now?.rigs.some((rig) => rig.id === id))
      throw new Fault(`rigs.${id}: it is new, so the file must say its repository${meant(id, now?.rigs)}`);
  const kept = prune ? [] : (now?.rigs ?? []).map(({ id }) => id);
  const rigs = [...new Set([...Object.keys(desired.rigs), ...kept])];
  for (const [id, agent] of Object.entries(desired.agents)) {
    const known = now?.agents.find((each) => each.id === id);
    if (!known) refuseUnfitAgent(id, agent, now);
    const rig = agent.rig ?? known?.rig;
    if (rig === undefined || rigs.includes(rig)) continue;
    if (prune && now?.rigs.some((each) => each.id === rig))
      throw new Fault(`agents.${id}: it is of rig ${rig}, which the file does not name, and which goes with --prune`);
    throw new Fault(
      `agents.${id}.rig: there is no rig ${rig}, in the file or in the town.${didYouMean(rig, rigs) || ` There are ${rigs.join(", ") || "none"}.`}`,
    );
  }
}

function refuseUnfitAgent(id: string, { rig, preset, command }: Desired["agents"][string], now: Now): void {
  if (rig === undefined)
    throw new Fault(`agents.${id}: it is new, so the file must say its rig${meant(id, now?.agents)}`);
  if (preset === undefined && command === undefined)
    throw new Fault(`agents.${id}: it is new, so the file must say how it is run: a preset or a command`);
}

/** A new name may be an old one that was mistyped. */
function meant(id: string, known: readonly { id: string }[] = []): string {
  const words = didYouMean(
    id,
    known.map((each) => each.id),
  );
  return words && `.${words}`;
}

function refuseUnfitSettings({ settings }: Desired, now: Now): void {
  if (Object.keys(settings).length === 0) return;
  const before = now ? readSettings(now.town.settings as never) : defaultSettings;
  try {
    const contradiction = contradictionIn(withSettings(before, settings));
    if (contradiction) throw new Fault(`settings: ${contradiction}`);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw new Fault(`settings: ${error.problem.detail}`);
  }
}
