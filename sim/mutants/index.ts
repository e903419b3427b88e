import { attention } from "./attention.ts";
import { commands } from "./commands.ts";
import { door } from "./door.ts";
import { effects } from "./effects.ts";
import { evidence } from "./evidence.ts";
import { facts } from "./facts.ts";
import { feed } from "./feed.ts";
import { fences } from "./fences.ts";
import { gates } from "./gates.ts";
import { history } from "./history.ts";
import { joined } from "./joined.ts";
import { launch } from "./launch.ts";
import type { Mutant } from "./mutant.ts";
import { retries } from "./retries.ts";
import { rigs } from "./rigs.ts";
import { rollbacks } from "./rollbacks.ts";
import { stalls } from "./stalls.ts";
import { storage } from "./storage.ts";
import { terms } from "./terms.ts";
import { wakes } from "./wakes.ts";
import { webhooks } from "./webhooks.ts";
import { work } from "./work.ts";

export const mutants: readonly Mutant[] = [
  ...rollbacks,
  ...retries,
  ...fences,
  ...effects,
  ...wakes,
  ...evidence,
  ...facts,
  ...commands,
  ...stalls,
  ...terms,
  ...work,
  ...gates,
  ...history,
  ...door,
  ...rigs,
  ...launch,
  ...joined,
  ...attention,
  ...storage,
  ...feed,
  ...webhooks,
];
