import { pausedAs } from "../db/pause.ts";
import { changeTown, readTown } from "../db/town-row.ts";
import { defineEvent } from "../events/define.ts";
import { refusal } from "../lib/guard.ts";
import { contradictionIn, type Settings, withSettings } from "../lib/settings.ts";
import { townChange } from "./inputs.ts";

/** Somebody says how the town should be: paused or not, draining or not, with these settings. */
export const townChanged = defineEvent({
  type: "town_changed",
  payload: townChange,
  apply(tx, { paused, draining, settings }, { nowMs }) {
    const before = readTown(tx);
    const pause = pausedAs(paused, before.paused, nowMs);
    return changeTown(tx, {
      ...(pause !== undefined && { paused: pause }),
      ...(draining !== undefined && { draining }),
      ...(settings && { settings: agreeing(withSettings(before.settings, settings)) }),
    });
  },
});

function agreeing(settings: Settings): Settings {
  const contradiction = contradictionIn(settings);
  if (contradiction) throw refusal(422, "settings_contradict", contradiction, "Nothing was changed.");
  return settings;
}
