import { town } from "../db/schema.ts";
import { readTown } from "../db/town.ts";
import { refusal } from "../lib/guard.ts";
import { withSettings } from "../lib/settings.ts";
import { defineEvent } from "./define.ts";
import { townChange } from "./inputs.ts";

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
