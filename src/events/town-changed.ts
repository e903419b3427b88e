import { type Pause, type TownRow, town } from "../db/schema.ts";
import { readTown } from "../db/town.ts";
import { refusal } from "../lib/guard.ts";
import { type Settings, withSettings } from "../lib/settings.ts";
import { defineEvent } from "./define.ts";
import { type TownChange, townChange } from "./inputs.ts";

/** Somebody says how the town should be: paused or not, draining or not, with these settings. */
export const townChanged = defineEvent({
  type: "town_changed",
  payload: townChange,
  apply(tx, { paused, draining, settings }, { nowMs }) {
    const before = readTown(tx);
    const untilMs = paused?.until === undefined ? null : Date.parse(paused.until);
    if (untilMs !== null && untilMs <= nowMs)
      throw refusal(422, "until_passed", `${paused?.until} has passed.`, "Name a time to come, or leave `until` out.");
    const pause = paused && {
      by: paused.by,
      why: paused.why,
      sinceMs: before.paused?.sinceMs ?? nowMs,
      untilMs,
    };
    if (isSoAlready(before, { paused: pause, draining, settings }))
      throw refusal(
        409,
        "nothing_to_change",
        `${before.name} is so already.`,
        `GET /v1/towns/${before.name} shows how it is.`,
      );
    tx.update(town)
      .set({
        ...(paused !== undefined && { paused: pause }),
        ...(draining !== undefined && { draining }),
        ...(settings && { settings: withSettings(before.settings, settings) }),
      })
      .run();
    return readTown(tx);
  },
});

/** What is left out asks for nothing. */
function isSoAlready(
  now: TownRow,
  { paused, draining, settings = {} }: Omit<TownChange, "paused"> & { paused: Pause | null | undefined },
): boolean {
  const samePause = paused === undefined || (paused === null ? now.paused === null : isSame(now.paused, paused));
  const sameSettings = Object.entries(settings).every(
    ([name, value]) => now.settings[name as keyof Settings] === value,
  );
  return samePause && sameSettings && (draining === undefined || draining === now.draining);
}

const isSame = (now: Pause | null, asked: Pause): boolean =>
  now?.by === asked.by && now.why === asked.why && now.untilMs === asked.untilMs;
