/** Files of a tracker that come in, and what is ready to be worked on then. */
import { expect } from "vitest";
import type { Line } from "./bd-shapes.ts";
import { call, json } from "./http.ts";
import { quiet, rows, type TestTown } from "./town.ts";

export async function imported(town: TestTown, lines: readonly Line[]) {
  const text = lines.map((line) => `${JSON.stringify(line)}\n`).join("");
  const answer = await json(await call("POST", `/v1/towns/${town.name}/beads:import?rig=lib`, text));
  await quiet(town);
  expect(answer, JSON.stringify(answer)).toMatchObject({ status: 200 });
  return answer as { [key: string]: unknown; created: number; left: unknown[] };
}

export async function exported(town: TestTown): Promise<Line[]> {
  const response = await call("GET", `/v1/towns/${town.name}/beads:export?rig=lib`);
  const text = new TextDecoder().decode(await response.arrayBuffer());
  return text.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line)]));
}

export async function readyHere(town: TestTown): Promise<string[]> {
  const { beads } = await rows(town);
  return beads
    .filter(({ status, blockedBy, notBeforeMs }) => status === "open" && blockedBy === 0 && notBeforeMs <= Date.now())
    .map(({ metadata }) => (metadata as { bd: { id: string } }).bd.id)
    .sort();
}
