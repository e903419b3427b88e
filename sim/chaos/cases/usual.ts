import type { ChaosWorld } from "../world.ts";
import { AT_ONCE_MS, type Case, HOUR, MINUTE } from "./case.ts";

const treatsWell = (world: ChaosWorld): void => {
  world.behaves = () => ({});
};

/** Trouble that waits for a person, beside neighbours that do well: it begins at once and is mended after twenty minutes. */
export const usual: Omit<Case, "name" | "breaks" | "items"> & Required<Pick<Case, "agents">> = {
  agents: 2,
  breaksAtMs: 30_000,
  mends: treatsWell,
  mendsAtMs: 20 * MINUTE,
  endsAtMs: HOUR,
  verdict: null,
  withinTicks: 0,
  withinMs: 5 * MINUTE,
  healedBy: null,
  lines: [],
  neighboursWithinMs: AT_ONCE_MS,
};
