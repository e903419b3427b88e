/** A town whose host says what a test makes it say. */
import { expect } from "vitest";
import { call } from "./http.ts";
import type { Said } from "./scripted-host.ts";
import { anAgent, aTown, beads, keepsEverything, quiet, rows, type TestTown, violations } from "./town.ts";

export const BOOT = "b-1";

export const says = (town: TestTown, id: string, said: Said) =>
  anAgent(town, id, "say", { command: ["say", JSON.stringify(said)] });

/** A town whose only agent is answered so, and which has asked once. */
export async function told(said: Said, settings = {}): Promise<TestTown> {
  const town = await aTown({ settings: { ...keepsEverything, backoffBaseMs: 60_000, ...settings } });
  await says(town, "ada", said);
  await beads(town, { title: "one" });
  await quiet(town);
  return town;
}

/** Everything that people look at answers, no pass has thrown, and all that must hold does. */
export async function isWell(town: TestTown): Promise<void> {
  const at = `/v1/towns/${town.name}`;
  for (const what of [
    "",
    "/agents",
    "/beads",
    "/beads/lib-1",
    "/attempts",
    "/providers",
    "/health",
    "/attention",
    "/incidents",
    "/ticks",
    "/metrics",
    "/beads/lib-1/timeline",
    "/beads/lib-1/explain",
    "/beads:export?rig=lib",
  ]) {
    const answer = await call("GET", at + what);
    expect(answer.status, what).toBe(200);
    expect((await answer.arrayBuffer()).byteLength, what).toBeLessThan(100_000);
  }
  expect(await violations(town)).toEqual([]);
  expect((await rows(town)).town).toMatchObject({ errorStreak: 0, lastError: null });
}
