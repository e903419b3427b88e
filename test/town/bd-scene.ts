/** Files of the beads issue tracker, in and out. */
import { expect } from "vitest";
import { call, json } from "./http.ts";
import { quiet, type TestTown } from "./town.ts";

export type Line = { id: string; [key: string]: unknown };

export const textOf = (lines: readonly Line[]) => lines.map((line) => `${JSON.stringify(line)}\n`).join("");

export const path = ({ name }: TestTown, verb: string, rig = "lib") => `/v1/towns/${name}/beads:${verb}?rig=${rig}`;

export async function imported(town: TestTown, lines: readonly Line[] | string, rig = "lib") {
  const text = typeof lines === "string" ? lines : textOf(lines);
  const answer = await json(await call("POST", path(town, "import", rig), text));
  await quiet(town);
  return answer;
}

export async function exported(town: TestTown): Promise<Line[]> {
  const response = await call("GET", path(town, "export"));
  expect(response.headers.get("content-type")).toBe("application/x-ndjson");
  const lines = new TextDecoder().decode(await response.arrayBuffer()).split("\n");
  expect(lines.pop()).toBe("");
  return lines.map((line) => JSON.parse(line));
}

export const dep = (issue_id: string, depends_on_id: string, type: string) => ({
  issue_id,
  depends_on_id,
  type,
  created_at: "2025-11-01T10:00:00Z",
  created_by: "ada",
});
