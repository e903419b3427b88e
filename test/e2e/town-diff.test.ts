/** What a bead's commits change, at the terminal: from a real run on a real host, through a real Worker. */
import { execFile, execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { repoRoot, statePaths } from "../../cli/paths.ts";
import { prepareState } from "../../cli/preflight.ts";
import { loadSecrets } from "../../cli/secrets.ts";
import { Services } from "../../cli/services.ts";
import { makeRepository } from "../host/support.ts";
import { freePort, temporary, terminal } from "./support.ts";

const AGENT = `
printf 'one\\n\\033[31mtwo\\n' > made.txt
git add made.txt && git commit --quiet -m "Make it"
head -c 9 /dev/zero > zeros
`;

async function aTown() {
  const state = temporary();
  const paths = statePaths(state);
  prepareState(paths.folder);
  const services = new Services({
    options: { external: null, agentUser: null },
    paths,
    secrets: loadSecrets(paths),
    port: await freePort(),
    drills: [],
    say: () => {},
    onLost: () => {},
  });
  onTestFinished(() => services.stop());
  await services.start();
  writeFileSync(paths.url, services.url);
  await services.api.createTown({ name: "sample" });
  const repository = makeRepository();
  await services.api.addRig("sample", { id: "lib", repoUrl: repository.url });
  await services.api.addAgent("sample", { id: "ada", rig: "lib", command: ["sh", "-c", AGENT] });
  const env = { ...terminal, INIT_CWD: state };
  const says = (args: string[], more: NodeJS.ProcessEnv = {}) =>
    new Promise<{ code: number; out: string; err: string }>((resolve) =>
      execFile(
        process.execPath,
        [join(repoRoot, "cli/town.ts"), ...args, "--state", state],
        { env: { ...env, ...more } },
        (error, out, err) => resolve({ code: Number(error?.code ?? 0), out, err }),
      ),
    );
  return { says, repository };
}

test("bead diff shows commits and a patch that git applies, in colours where they are wanted, and as JSON", async () => {
  const { says, repository } = await aTown();
  expect(await says(["bead", "create", "Make it", "--rig", "lib", "--wait"])).toMatchObject({ code: 0 });
  const told = await says(["bead", "diff", "lib-1"]);
  expect(told).toMatchObject({ code: 0, err: "" });
  expect(told.out).toMatch(/^run 1 of lib-1, for main: 2 commits, 2 files, \+2 −0\nagainst [0-9a-f]{12}\n/);
  expect(told.out).toMatch(/^[0-9a-f]{12} \d{4}-\d\d-\d\d \d\d:\d\d ada: Make it$/m);
  expect(told.out).toContain(
    "diff --git a/made.txt b/made.txt\n# added, +2 −0\n--- /dev/null\n+++ b/made.txt\n@@ -0,0 +1,2 @@\n+one\n+␛[31mtwo\n",
  );
  expect(told.out).toContain("diff --git a/zeros b/zeros\n# added, binary, 9 bytes\n");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: this is what is looked for
  expect(told.out).not.toMatch(/\u001b/);
  const clone = temporary();
  execFileSync("git", ["clone", "--quiet", repository.url, clone]);
  const stat = execFileSync("git", ["apply", "--stat", "--include=made.txt"], {
    cwd: clone,
    input: told.out,
    encoding: "utf8",
  });
  expect(stat).toContain("made.txt |    2 ++");
  const coloured = await says(["bead", "diff", "lib-1"], { FORCE_COLOR: "1" });
  expect(coloured.out).toContain("\u001b[32m+one\u001b[39m");
  const one = JSON.parse((await says(["attempt", "diff", "1", "--path", "made.txt", "-o", "json"])).out);
  expect(one).toMatchObject({ bead: "lib-1", fence: 1, files: [{ path: "made.txt", additions: 2 }] });
  expect((await says(["bead", "diff", "lib-1", "--stat"])).out).toMatch(
    /^STATUS +PATH +CHANGES\nadded +made\.txt +\+2 −0\n/,
  );
  expect(await says(["bead", "diff", "lib-1", "--path", "none"])).toMatchObject({
    code: 1,
    err: expect.stringContaining("These commits change no file none."),
  });
  await says(["pause", "--why", "a look"]);
  await says(["bead", "create", "Later", "--rig", "lib"]);
  expect(await says(["bead", "diff", "lib-2"])).toMatchObject({
    code: 1,
    err: expect.stringContaining("has not been tried"),
  });
});
