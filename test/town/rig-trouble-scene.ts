/** What the stories of rigs in trouble share: beads in review, a host's word about a remote, and the next try. */
import type { Told } from "../../src/protocol/reports.ts";
import { call, json } from "./http.ts";
import { anAgent, aTown, beads, finished, quiet, reports, rows, type TestTown, tamper, timePasses } from "./town.ts";

export const at = ({ name }: TestTown, path: string) => `/v1/towns/${name}${path}`;

export const get = async (town: TestTown, path: string) => json(await call("GET", at(town, path)));

export const post = async (town: TestTown, path: string, body?: object) =>
  json(await call("POST", at(town, path), body));

export const ofRig = (
  code: string,
  message = "GitLab: You are not allowed to push code to protected branches",
): Told => ({
  kind: "failed",
  failure: "rig_trouble",
  code,
  message,
  outputTail: "",
});

/** A town with so many beads in review, the first of which is landing now. */
export async function inReview(count: number, ids: readonly string[] = ["ada"]) {
  const town = await aTown();
  for (const id of ids) await anAgent(town, id, "accept");
  await beads(town, ...Array.from({ length: count }, (_, n) => ({ title: `bead ${n + 1}` })));
  await quiet(town);
  for (;;) {
    const run = (await rows(town)).attempts.find(({ kind, endedAtMs }) => kind === "run" && endedAtMs === null);
    if (!run) return town;
    await reports(town, run.fence, finished);
  }
}

export const live = async (town: TestTown, kind: "run" | "landing") =>
  (await rows(town)).attempts.find((attempt) => attempt.kind === kind && attempt.endedAtMs === null);

export async function landing(town: TestTown) {
  const attempt = await live(town, "landing");
  if (!attempt) throw new Error("nothing is landing");
  return attempt;
}

export const rig = async (town: TestTown) =>
  (await get(town, "/rigs")).items.find(({ id }: { id: string }) => id === "lib");

export const items = async (town: TestTown) => (await get(town, "/attention")).items;

/** The wait of the rig is over. */
export async function tryAgain(town: TestTown, which: "landing_trouble" | "push_trouble"): Promise<void> {
  await tamper(town, `UPDATE rigs SET ${which} = json_set(${which}, '$.untilMs', 1)`);
  await timePasses(town);
  await town.stub().reconcile();
  await quiet(town);
}
