import type { Scenario } from "../crashpoints/scenario.ts";
import { commands } from "./commands.ts";
import { history } from "./history.ts";
import { limits } from "./limits.ts";
import { rigs } from "./rigs.ts";
import { runs } from "./runs.ts";
import { stalls } from "./stalls.ts";
import { starts } from "./starts.ts";
import { storage } from "./storage.ts";
import { troubles } from "./troubles.ts";
import { webhooks } from "./webhooks.ts";

export const scenarios: readonly Scenario[] = [
  ...starts,
  ...runs,
  ...commands,
  ...troubles,
  ...stalls,
  ...limits,
  ...history,
  ...rigs,
  ...storage,
  ...webhooks,
];
