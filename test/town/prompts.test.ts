/** What the agent of a run was told can be read, for each of a bead's runs, as its host was sent it. */
import { getTableColumns } from "drizzle-orm";
import { expect, test } from "vitest";
import { beadNotes } from "../../src/db/schema.ts";
import { call, json } from "./http.ts";
import {
  alarm,
  anAgent,
  asked,
  aTown,
  beads,
  failed,
  finished,
  quiet,
  reports,
  type TestTown,
  tamper,
  timePasses,
} from "./town.ts";

async function scene(): Promise<TestTown> {
  const town = await aTown({ settings: { agentFailureBudget: 9 } });
  await anAgent(town, "ada", "accept");
  await beads(town, {
    title: "Add a --version flag",
    body: "It prints\n\u001b[31m<b>the version</b>",
    acceptance: "It is there.",
  });
  await quiet(town);
  return town;
}

const promptOf = async ({ name }: TestTown, fence: number) =>
  json(await call("GET", `/v1/towns/${name}/attempts/${fence}/prompt`));

async function failsAndIsTriedAgain(town: TestTown, fence: number): Promise<void> {
  await reports(town, fence, failed());
  await timePasses(town);
  await alarm(town);
}

test("of each run it is what its host was sent, the notes of earlier tries included that were there then", async () => {
  const town = await scene();
  for (let fence = 1; fence <= 7; fence++) await failsAndIsTriedAgain(town, fence);
  const sent = (await asked(town)).filter(({ prompt }) => prompt !== undefined);
  expect(sent).toHaveLength(8);
  for (const { fence, prompt } of sent)
    expect(await promptOf(town, fence)).toEqual({
      ...{ status: 200, fence, bead: "lib-1", agent: "ada", text: prompt, changedSince: [], mayGoOn: fence > 1 },
    });
  expect(sent[0]?.prompt).not.toContain("boom");
  expect(sent[7]?.prompt?.split("[agent_failed]")).toHaveLength(6);
});

test("what of the bead was changed since is named, and what else was is not", async () => {
  const town = await scene();
  const at = `/v1/towns/${town.name}/beads/lib-1`;
  const change = (body: object) => call("PATCH", at, body, undefined, { "if-match": "*" });
  await change({ priority: 1, labels: ["urgent"] });
  expect(await promptOf(town, 1)).toMatchObject({ changedSince: [] });
  await change({ body: "Say it in one line.", acceptance: "" });
  await failsAndIsTriedAgain(town, 1);
  expect(await promptOf(town, 1)).toMatchObject({ changedSince: ["body", "acceptance"] });
  const { text, changedSince } = await promptOf(town, 2);
  expect([text, changedSince]).toEqual([(await asked(town)).at(-1)?.prompt, []]);
  expect(text).toContain("Say it in one line.");
});

test("nobody was told anything for a landing, and nothing is known of what there never was", async () => {
  const town = await scene();
  await reports(town, 1, finished);
  expect(await promptOf(town, 2)).toMatchObject({ status: 404, detail: expect.stringContaining("is a landing") });
  expect(await promptOf(town, 9)).toMatchObject({ status: 404, code: "attempt_not_found" });
});

test("of each kind of note it has what its host was sent, or neither has it", async () => {
  const town = await aTown({ settings: { agentFailureBudget: 9 } });
  const { kind } = getTableColumns(beadNotes);
  const ids = await beads(town, ...kind.enumValues.map((title) => ({ title })));
  for (const [index, word] of kind.enumValues.entries())
    await tamper(
      town,
      "INSERT INTO bead_notes (bead_id, at_ms, kind, text) VALUES (?, 1, ?, 'a lesson')",
      ids[index],
      word,
    );
  for (const id of ids) await anAgent(town, `of-${id}`, "accept");
  await quiet(town);
  const sent = await asked(town);
  expect(sent).toHaveLength(ids.length);
  for (const { fence, prompt } of sent) expect((await promptOf(town, fence)).text).toBe(prompt);
  expect(sent.filter(({ prompt }) => prompt?.includes("a lesson"))).toHaveLength(6);
});
