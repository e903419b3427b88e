import { z } from "zod";
import { pausedAs } from "../db/pause.ts";
import { town } from "../db/schema.ts";
import { readTown } from "../db/town-row.ts";
import { settingsSchema } from "../lib/settings.ts";
import { slugLike } from "../protocol/common.ts";
import { checksMark } from "../unreadable/checks.ts";
import { townSchema, townView } from "../views/town.ts";
import { defineCommand } from "./define.ts";
import { pauseInput } from "./inputs.ts";

/** The one command for which there is no town yet: its rows are made, and then it is applied by itself. */
export const createTownCommand = defineCommand({
  name: "create-town",
  type: "town_created",
  method: "POST",
  path: "",
  scope: "towns:create",
  founds: true,
  summary: "Creates a town; with `paused`, nothing starts until an operator resumes it.",
  body: z.strictObject({
    name: slugLike("my-town"),
    settings: settingsSchema.prefault({}),
    paused: pauseInput.nullable().default(null),
  }),
  output: townSchema,
  status: 201,
  location: ({ name }) => name,
  apply(tx, { name, settings, paused }, { nowMs }): void {
    const pause = pausedAs(paused, null, nowMs) ?? null;
    const row = { id: 1, name, createdAtMs: nowMs, settings, paused: pause, checkedAs: checksMark };
    tx.insert(town).values(row).onConflictDoNothing().run();
  },
  answer: (_, tx) => townView(readTown(tx), {}, {}),
});
