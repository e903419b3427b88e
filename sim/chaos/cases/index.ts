import { agentCases } from "./agents.ts";
import { beadCases } from "./beads.ts";
import type { Case } from "./case.ts";
import { hostCases } from "./hosts.ts";
import { loopCases } from "./loop.ts";
import { placeCases } from "./places.ts";
import { storageCases } from "./storage.ts";

/** What can be wrong with a town, a case each. */
export const cases: readonly Case[] = [
  ...loopCases,
  ...beadCases,
  ...agentCases,
  ...placeCases,
  ...hostCases,
  ...storageCases,
];
