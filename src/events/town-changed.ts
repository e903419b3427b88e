import { pausedAs } from "../db/pause.ts";
import { town } from "../db/schema.ts";
import { readTown } from "../db/town.ts";
import { withSettings } from "../lib/settings.ts";
import { defineEvent } from "./define.ts";
import { townChange } from "./inputs.ts";

/** Somebody says how the town should be: paused or not, draining or not, with these settings. */
export const townChanged = defineEvent({
  type: "town_changed",
  payload: townChange,
  apply(tx, { paused, draining, settings }, { nowMs }) {
    const before = readTown(tx);
    const pause = pausedAs(paused, before.paused, nowMs);
    tx.update(town)
      .set({
        ...(pause !== undefined && { paused: pause }),
        ...(draining !== undefined && { draining }),
        ...(settings && { settings: withSettings(before.settings, settings) }),
      })
      .run();
    return readTown(tx);
  },
});
