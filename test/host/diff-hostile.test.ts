/** What agents wrote is shown by a diff, and neither runs, nor hides, nor gives a secret away. */
import { execFileSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { commits, diffOf, lines } from "./diff-scene.ts";
import { makeHost, makeRepository, temporaryFolder } from "./support.ts";

test("names and contents that command a terminal, turn the writing around or are no text are shown, and do nothing", async () => {
  const repository = makeRepository();
  const head = commits(
    repository,
    (folder) => {
      writeFileSync(join(folder, "a\nb\u001b[31m.txt"), "x\n");
      writeFileSync(join(folder, 'say "hi".txt'), "x\n");
      writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xff, 0xfe])]), "x\n");
      writeFileSync(
        join(folder, "trojan.ts"),
        "if (\u202e isAdmin \u2066) {}\u200b\u001b]0;evil\u0007\r\n+++ b/forged\ndiff --git a/x b/x\n",
      );
    },
    "subject \u001b[2J\u202eevil",
  );
  const host = await makeHost();
  const told = await diffOf(host, repository, { head });
  expect(told.files.map(({ path }) => path).sort()).toEqual([
    '"\\377\\376"',
    '"a\\nb\\033[31m.txt"',
    '"say \\"hi\\".txt"',
    "trojan.ts",
  ]);
  const trojan = told.files.find(({ path }) => path === "trojan.ts")?.patch ?? "";
  expect(trojan).toContain("+if (⟨U+202E⟩ isAdmin ⟨U+2066⟩) {}⟨U+200B⟩␛]0;evil␇␍\n++++ b/forged\n+diff --git a/x b/x");
  expect(told.commits[0]?.subject).toBe("subject ␛[2J⟨U+202E⟩evil");
  expect(JSON.stringify(told)).not.toMatch(/[\u202e\u2066\u200b]|\\u001b/);
  expect(told.files.find(({ path }) => path.includes("377"))).toMatchObject({ truncated: "left_out" });
});

test("no attribute, driver or setting runs a program, and none hides what is there", async () => {
  const repository = makeRepository();
  const marks = temporaryFolder();
  const runs = (name: string) => `touch ${join(marks, name)}; cat`;
  const settings = join(marks, "gitconfig");
  for (const [name, value] of [
    ["diff.external", runs("external")],
    ["diff.evil.command", runs("command")],
    ["diff.evil.textconv", runs("textconv")],
    ["core.attributesFile", join(marks, "attributes")],
    ["core.pager", runs("pager")],
    ["log.showSignature", "true"],
    ["gpg.program", join(marks, "gpg")],
    ["diff.noprefix", "true"],
    ["color.ui", "always"],
  ] as const)
    execFileSync("git", ["config", "--file", settings, name, value]);
  writeFileSync(join(marks, "attributes"), "* diff=evil\n*.ts binary\n");
  writeFileSync(join(marks, "gpg"), `#!/bin/sh\ntouch ${join(marks, "gpg-ran")}\n`, { mode: 0o755 });
  const before = process.env.GIT_CONFIG_GLOBAL;
  process.env.GIT_CONFIG_GLOBAL = settings;
  onTestFinished(() => {
    if (before === undefined) delete process.env.GIT_CONFIG_GLOBAL;
    else process.env.GIT_CONFIG_GLOBAL = before;
  });
  process.env.GIT_EXTERNAL_DIFF = runs("variable");
  onTestFinished(() => void delete process.env.GIT_EXTERNAL_DIFF);
  const head = commits(repository, (folder) => {
    writeFileSync(join(folder, ".gitattributes"), "* diff=evil binary\n*.ts -diff\n");
    writeFileSync(join(folder, "code.ts"), "export const backdoor = true;\n");
  });
  const host = await makeHost();
  const told = await diffOf(host, repository, { head });
  expect(told.files.find(({ path }) => path === "code.ts")).toMatchObject({
    binary: false,
    patch: "@@ -0,0 +1 @@\n+export const backdoor = true;",
  });
  for (const name of ["external", "command", "textconv", "pager", "variable", "gpg-ran"])
    expect(existsSync(join(marks, name)), name).toBe(false);
});

test("what looks like a secret, or is one that the host knows, is in none of it, and each line keeps its sign", async () => {
  const repository = makeRepository();
  const known = "sdfkjh3498fhsdkjfh9834";
  process.env.SHOP_API_KEY = known;
  onTestFinished(() => void delete process.env.SHOP_API_KEY);
  const begin = `-----BEGIN RSA ${"PRIVATE"} KEY-----`;
  const end = `-----END RSA ${"PRIVATE"} KEY-----`;
  const github = `ghp_${"a1b2c3d4".repeat(5)}`;
  const head = commits(
    repository,
    (folder) => {
      writeFileSync(join(folder, ".env"), `KEY=${known}\nTOKEN=${github}\n${begin}\nMIIabc\nMIIdef\n${end}\nafter\n`);
      writeFileSync(join(folder, `${github}.txt`), "x\n");
    },
    `Use ${known}`,
  );
  const host = await makeHost();
  const told = await diffOf(host, repository, { head });
  const all = JSON.stringify(told);
  for (const secret of [known, github, "MIIabc", "MIIdef"]) expect(all).not.toContain(secret);
  expect(told.files.find(({ path }) => path === ".env")?.patch).toBe(
    "@@ -0,0 +1,7 @@\n+KEY=***\n+TOKEN=***\n+***\n+***\n+***\n+***\n+after",
  );
});

test("a secret across the place where a long patch is cut is not shown by half", async () => {
  const repository = makeRepository();
  const known = `q${"z9".repeat(40)}`;
  process.env.SHOP_API_KEY = known;
  onTestFinished(() => void delete process.env.SHOP_API_KEY);
  const head = commits(repository, (folder) => {
    for (let at = 0; at < 90; at++)
      writeFileSync(join(folder, `f${at}.txt`), `${"y".repeat(1_950 + at)} ${known}\n${lines(1_500, `z ${known}`)}`);
  });
  const host = await makeHost();
  const all = JSON.stringify(await diffOf(host, repository, { head }));
  expect(all).toContain("***");
  expect(all).not.toContain("z9z9");
});
