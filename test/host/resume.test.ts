/** A further try that goes on with the session of the one before, and begins anew where that is gone. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { StartRequest } from "../../src/protocol/runs.ts";
import { unlimited } from "./program.ts";
import { linesOf, makeHost, makeRepository, makeTown, startOf, temporaryFolder } from "./support.ts";

/** Speaks as codex does. Its first run gives up; a later one works, unless it is asked for a session that it has lost. */
const TOOL = `
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
const [journal, lost, ...given] = process.argv.slice(2);
const before = existsSync(journal);
const prompt = readFileSync(0, "utf8");
appendFileSync(journal, JSON.stringify({ given, goesOn: prompt.startsWith("You go on") }) + "\\n");
if (lost === "lost" && given.includes("resume")) process.exit(1);
const say = (event) => console.log(JSON.stringify(event));
say({ type: "thread.started", thread_id: "t-1" });
say({ type: "item.completed", item: { type: "agent_message", text: "hm" } });
if (!before) process.exit(1);
writeFileSync("made.txt", "hi\\n");
`;

type Spec = NonNullable<StartRequest["program"]>;

async function twoTries(how: "kept" | "lost", spec: Partial<Spec> = {}, spoil?: (state: string) => void) {
  const [repository, town, host] = [makeRepository(), await makeTown(), await makeHost()];
  const folder = temporaryFolder();
  const [tool, journal] = [join(folder, "tool.mjs"), join(folder, "journal")];
  writeFileSync(tool, TOOL);
  const program: Spec = { preset: "codex", ...unlimited, resume: true, ...spec };
  const command = [process.execPath, tool, journal, how, "exec", "--json", "-"];
  await host.start(startOf(town, repository.url, { command, program }));
  expect(await town.last(1)).toMatchObject({ kind: "failed", failure: "agent_failed" });
  spoil?.(host.state);
  await host.start(startOf(town, repository.url, { command, program, fence: 2 }));
  expect(await town.last(2)).toMatchObject({ kind: "finished" });
  return linesOf(journal).map((line) => JSON.parse(line) as { given: string[]; goesOn: boolean });
}

const anew = { given: ["exec", "--json", "-"], goesOn: false };
const again = { given: ["exec", "--json", "resume", "t-1", "-"], goesOn: true };

test("the next try goes on with the session, and is told that its working copy is another", async () => {
  expect(await twoTries("kept")).toEqual([anew, again]);
});

test("a session that its tool has lost costs no try: the same run begins anew", async () => {
  expect(await twoTries("lost")).toEqual([anew, again, anew]);
});

test("nobody goes on unasked", async () => {
  expect(await twoTries("kept", { resume: false })).toEqual([anew, anew]);
});

test("what is kept may be broken, and must not look like an option", async () => {
  for (const text of ["{", '{"agent":"amy","tool":"codex over exec","session":"--help"}'])
    expect(
      await twoTries("kept", {}, (state) => {
        const folder = join(state, "sessions", "demo");
        mkdirSync(folder, { recursive: true });
        writeFileSync(join(folder, "fix-it.json"), text);
      }),
    ).toEqual([anew, anew]);
});
