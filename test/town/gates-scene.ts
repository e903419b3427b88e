/** What the stories of gates share: a town over HTTP, and why a bead waits. */
import { call, json } from "./http.ts";
import type { TestTown } from "./town.ts";

export const at = ({ name }: TestTown, path: string) => `/v1/towns/${name}${path}`;

export const post = async (town: TestTown, path: string, body?: object) =>
  json(await call("POST", at(town, path), body));

export const get = async (town: TestTown, path: string) => json(await call("GET", at(town, path)));

export const explain = (town: TestTown, bead: string) => get(town, `/beads/${bead}/explain`);

/** The first gate that is shut, and how to open it. */
export async function why(town: TestTown, bead: string) {
  const { gates, unblock, nextLookAt, summary } = await explain(town, bead);
  const first = gates.find(({ ok }: { ok: boolean }) => !ok);
  return { gate: first?.gate ?? null, why: first?.why, request: unblock?.request ?? null, nextLookAt, summary };
}
