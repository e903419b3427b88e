/** What `town init` sees of the repository that it is given, from where somebody stands. */
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { isOf } from "../../cli/town/init/detect.ts";
import { temporary } from "./support.ts";

test("a working copy is of a repository that is one of its remotes, in whichever way that is written", () => {
  const folder = temporary();
  const [bank, clone] = [join(folder, "bank.git"), join(folder, "clone")];
  execFileSync("git", ["init", "-q", "--bare", bank]);
  execFileSync("git", ["clone", "-q", bank, clone], { stdio: "ignore" });
  execFileSync("git", ["-C", clone, "remote", "add", "hub", "git@git.example:team/bank.git"]);
  mkdirSync(join(folder, "other"));
  for (const repository of [
    ...[`file://${bank}`, `file://localhost${bank}/`, bank, `${bank}/`, "../bank.git", "."],
    ...["git@git.example:team/bank.git", "ssh://git@git.example/team/bank"],
  ])
    expect(isOf(clone, repository, clone), repository).toBe(true);
  for (const repository of ["../other", `file://${folder}`, "git@git.example:team/bench.git", "https://git.example/x"])
    expect(isOf(clone, repository, clone), repository).toBe(false);
});
