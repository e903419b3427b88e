/** An agent that ends well and changed nothing may say why; without a word it has failed. */
import { expect, test } from "vitest";
import { agent, makeHost, makeRepository, makeTown, startOf } from "./support.ts";

async function runOf(script: string, change: object = {}) {
  const [repository, town, host] = [makeRepository(), await makeTown(), await makeHost()];
  await host.start(startOf(town, repository.url, { command: agent(script), ...change }));
  return { said: await town.last(1), repository };
}
const writes = (text: string) => `fs.writeFileSync(process.env.TOWN_RESULT_FILE, ${JSON.stringify(text)});`;
const nothing = (reason: string) => JSON.stringify({ outcome: "nothing_to_do", reason });

test.each([
  ["NOTHING-TO-DO: the flag is there already", "the flag is there already"],
  ["**NOTHING-TO-DO:** it is done", "it is done"],
  ["> NOTHING TO DO: `--version` works", "`--version` works"],
])("a line says so: %s", async (line, message) => {
  const { said, repository } = await runOf(`console.log("looking around"); console.log(${JSON.stringify(line)});`);
  expect(said).toMatchObject({ kind: "unchanged", message });
  expect(repository.branches()).toEqual(["main"]);
});

test("a file says so, and stands above what is printed", async () => {
  const { said } = await runOf(`${writes(nothing("done in 1.2"))} console.log("NOTHING-TO-DO: something else");`);
  expect(said).toMatchObject({ kind: "unchanged", message: "done in 1.2" });
});

test.each([
  ["without a word", ""],
  ["in the middle of a sentence", `console.log("say NOTHING-TO-DO: if so");`],
  ["without a reason", `console.log("NOTHING-TO-DO:   ");`],
  ["long before its end", `console.log("NOTHING-TO-DO: x"); for (let i = 0; i < 30; i++) console.log("line", i);`],
  ["with another outcome", writes('{"outcome": "done", "reason": "x"}')],
  ["in no JSON", writes("nothing to do")],
  ["at no length", writes(nothing("  "))],
  [
    "in a file of megabytes",
    `fs.writeFileSync(process.env.TOWN_RESULT_FILE, JSON.stringify({ outcome: "nothing_to_do", reason: "x".repeat(3e6) }));`,
  ],
  ["in a link", `fs.symlinkSync("/etc/hostname", process.env.TOWN_RESULT_FILE);`],
  ["in a folder", `fs.mkdirSync(process.env.TOWN_RESULT_FILE);`],
])("%s it has failed", async (_how, script) => {
  expect((await runOf(script)).said).toMatchObject({ kind: "failed", code: "no_commit" });
});

test("a pipe in place of the file holds nobody up", async () => {
  const script = `require("node:child_process").execFileSync("mkfifo", [process.env.TOWN_RESULT_FILE]);`;
  expect((await runOf(script)).said).toMatchObject({ kind: "failed", code: "no_commit" });
});

test("whoever changed something has not found nothing to do, whatever it says", async () => {
  const script = `fs.writeFileSync("a.txt", "a"); ${writes(nothing("x"))} console.log("NOTHING-TO-DO: x");`;
  expect((await runOf(script)).said).toMatchObject({ kind: "finished" });
});

test("whoever fails has failed, whatever it says", async () => {
  const script = `${writes(nothing("x"))} process.exit(3);`;
  expect((await runOf(script)).said).toMatchObject({ kind: "failed", code: "exit_code" });
});

test("a secret in the reason stays on the host", async () => {
  const { said } = await runOf(
    `fs.writeFileSync(process.env.TOWN_RESULT_FILE, JSON.stringify({ outcome: "nothing_to_do", reason: "key " + process.env.MY_KEY }));`,
    { env: { MY_KEY: "s3cret-s3cret" } },
  );
  expect(said).toMatchObject({ kind: "unchanged", message: "key ***" });
});
