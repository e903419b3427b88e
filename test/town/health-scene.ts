/** What the stories of a town's health share: towns that are busy, what is read of them, and what their log says. */

import { afterEach, beforeEach, expect, vi } from "vitest";
import { jsonOf } from "../../src/lib/json.ts";
import { call, json } from "./http.ts";
import { anAgent, aTown, beads, quiet, type TestTown, tamper } from "./town.ts";

/** Health answers within 100 ms; ten times that is what a busy machine is granted. */
const SOON_MS = 1_000;

export let lines: string[] = [];

/** What a file calls that looks at the log: from then on each of its tests has lines of its own. */
export function hearLog(): void {
  beforeEach(() => {
    lines = [];
    for (const level of ["info", "error"] as const)
      vi.spyOn(console, level).mockImplementation((...parts) => void lines.push(parts.join(" ")));
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });
}

/** The first words of what the operator's log said of this town, in order. */
export const words = ({ name }: TestTown) => {
  const said = lines.flatMap((line) => (jsonOf(line) as { town?: string; message: string } | null) ?? []);
  return said.filter(({ town }) => town === name).map(({ message }) => message.split(/[: ]/)[0]);
};

export const at = ({ name }: TestTown, path = "") => `/v1/towns/${name}${path}`;

export const get = async (town: TestTown, path: string) => json(await call("GET", at(town, path)));

export const patch = async (town: TestTown, path: string, body: unknown) => {
  const answer = await json(await call("PATCH", at(town, path), body));
  await quiet(town);
  return answer;
};

export const health = (town: TestTown) => get(town, "/health");

export const incidents = async (town: TestTown) => (await get(town, "/incidents")).items;

/** Health, and that it came soon. */
export async function promptHealth(town: TestTown) {
  const before = performance.now();
  const answer = await health(town);
  expect(performance.now() - before).toBeLessThan(SOON_MS);
  return answer;
}

export const looks = (town: TestTown) => town.stub().watched("detect");

/** Agents that do as they are told, and beads for them. What fails is not tried again within the test, unless time passes. */
export async function busyTown(how: string, agents = 1, titles = agents): Promise<TestTown> {
  const town = await aTown({ settings: { backoffBaseMs: 60_000 } });
  for (let n = 1; n <= agents; n++) await anAgent(town, `agent-${n}`, how);
  if (titles > 0) await beads(town, ...Array.from({ length: titles }, (_, n) => ({ title: `bead ${n + 1}` })));
  return town;
}

export const ago = (ms: number) => Date.now() - ms;

/** A bug of ours on one bead: whatever would begin it throws. */
export const breaks = (town: TestTown, bead: string) =>
  tamper(
    town,
    `CREATE TRIGGER broken BEFORE UPDATE ON beads WHEN NEW.id = '${bead}' AND NEW.status = 'in_progress'
      BEGIN SELECT RAISE(ABORT, 'this bead is cursed'); END`,
  );
