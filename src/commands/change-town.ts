import { z } from "zod";
import { pausedAs } from "../db/pause.ts";
import { changeTown, readTown } from "../db/town-row.ts";
import { refusal } from "../lib/guard.ts";
import { contradictionIn, type Settings, settingsPatch, withSettings } from "../lib/settings.ts";
import { desiredSchema, desiredView } from "../views/town.ts";
import { defineCommand } from "./define.ts";
import { paused } from "./inputs.ts";

/** The operator says how the town should be: paused or not, draining or not, with these settings. */
export const changeTownCommand = defineCommand({
  name: "change-town",
  type: "town_changed",
  method: "PATCH",
  path: "",
  scope: "work:control",
  summary: "Changes a town: paused or not, draining or not, and its settings. What is left out stays as it is.",
  body: z.strictObject({ paused, draining: z.boolean().optional(), settings: settingsPatch.optional() }),
  output: desiredSchema,
  apply(tx, { paused, draining, settings }, { nowMs }) {
    const before = readTown(tx);
    const pause = pausedAs(paused, before.paused, nowMs);
    return changeTown(tx, {
      ...(pause !== undefined && { paused: pause }),
      ...(draining !== undefined && { draining }),
      ...(settings && { settings: agreeing(withSettings(before.settings, settings)) }),
    });
  },
  answer: desiredView,
  after: (town, { paused, draining }) => (paused || draining ? town.startsArrived(() => true) : undefined),
});

function agreeing(settings: Settings): Settings {
  const contradiction = contradictionIn(settings);
  if (contradiction) throw refusal(422, "settings_contradict", contradiction, "Nothing was changed.");
  return settings;
}
