/** What an agent did lands whole, or its bead says why not: in a real town, with the message that a person reads. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { lfsMissing } from "../../host/lfs.ts";
import { git, makeRepository } from "../host/support.ts";
import { temporary, until } from "./support.ts";
import { boot, PATIENCE_MS } from "./town.ts";

type Repository = ReturnType<typeof makeRepository>;

/** A town in which each rig has an agent that does what is said, and one bead. */
async function townOf(rigs: Record<string, { repository: Repository; script: string; gate?: string }>) {
  const place = await boot();
  const { api } = place.services;
  await api.createTown({ name: "town", settings: { backoffBaseMs: 100, backoffCapMs: 500, agentFailureBudget: 1 } });
  for (const [id, { repository, script, gate = "true" }] of Object.entries(rigs)) {
    await api.addRig("town", { id, repoUrl: repository.url, gate: ["sh", "-ec", gate] });
    await api.addAgent("town", { id: `ada-${id}`, rig: id, command: ["sh", "-ec", script] });
  }
  await api.createBeads(
    "town",
    Object.keys(rigs).map((rig) => ({ rig, title: `Work on ${rig}` })),
  );
  const beadOf = async (rig: string) => (await api.beads("town")).find((bead) => bead.id.startsWith(`${rig}-`));
  return {
    /** What stands of the bead in `bead show`: its notes, and what the last run's host said of it. */
    told: async (rig: string) => {
      const { notes, attempts } = (await api
        .of("town")
        .get("/beads/{bead}", { bead: (await beadOf(rig))?.id ?? "" })) as {
        notes: { kind: string; text: string }[];
        attempts: { kind: string; outputTail?: string }[];
      };
      return { notes, printed: attempts.find(({ kind }) => kind === "run")?.outputTail };
    },
    closed: (rig: string) => until(async () => (await beadOf(rig))?.status === "closed", PATIENCE_MS),
    /** What a person reads of the bead that is parked. */
    parked: async (rig: string) => {
      await until(async () => (await beadOf(rig))?.status === "failed", PATIENCE_MS);
      return (await beadOf(rig))?.lastFailure;
    },
  };
}

function makeLfsRig(): Repository {
  const repository = makeRepository();
  const clone = join(temporary(), "clone");
  git("/", "clone", "--quiet", repository.url, clone);
  git(clone, "lfs", "install", "--local");
  git(clone, "lfs", "track", "*.bin");
  writeFileSync(join(clone, "first.bin"), "first");
  git(clone, "add", "--all");
  git(clone, "commit", "--quiet", "-m", "Add first.bin");
  git(clone, "push", "--quiet", "origin", "HEAD:main");
  return repository;
}

test("submodules and repositories inside land whole, and what would be lost is said", async () => {
  const [library, sub, lost, nested, dos] = Array.from({ length: 5 }, makeRepository) as [
    Repository,
    Repository,
    Repository,
    Repository,
    Repository,
  ];
  dos.push("main", "origin/main", { "dos.txt": "one\r\n" });
  dos.push("main", "origin/main", { ".gitattributes": "*.txt text eol=lf\n" });
  const add = `git -c protocol.file.allow=always submodule --quiet add ${library.url} lib`;
  const town = await townOf({
    sub: { repository: sub, script: add, gate: "test -e lib/README.md" },
    lost: { repository: lost, script: `${add}; cd lib; git commit -q --allow-empty -m lost` },
    nested: { repository: nested, script: "git init -q in; cd in; echo x >x; git add x; git commit -qm x" },
    dos: { repository: dos, script: "git status >/dev/null" },
  });
  await Promise.all([town.closed("sub"), town.closed("nested")]);
  expect(git(sub.url, "rev-parse", "main:lib")).toBe(library.head());
  expect(nested.file("in/x")).toBe("x");
  expect((await town.told("nested")).printed).toContain(
    "in was a repository of its own: its files are taken as they are, its history is not.",
  );
  expect(await town.parked("lost")).toMatchObject({
    code: "submodule_missing",
    message: expect.stringMatching(
      /lib points to commit [0-9a-f]{40}, which \S+ does not have\. It must be pushed there/,
    ),
  });
  expect(await town.parked("dos")).toMatchObject({
    code: "no_commit",
    message: expect.stringContaining("changed nothing"),
  });
});

test.runIf(lfsMissing() === null)(
  "files in LFS land with their contents, and a pointer without one is refused",
  async () => {
    const [whole, lost] = [makeLfsRig(), makeLfsRig()];
    const pointer = `version https://git-lfs.github.com/spec/v1\\noid sha256:${"12".repeat(32)}\\nsize 5\\n`;
    const town = await townOf({
      whole: {
        repository: whole,
        script: "cat first.bin first.bin >second.bin",
        gate: "test $(cat second.bin) = firstfirst",
      },
      lost: { repository: lost, script: `printf '${pointer}' >lost.bin` },
    });
    await town.closed("whole");
    const clone = join(temporary(), "clone");
    git("/", "-c", "filter.lfs.smudge=git-lfs smudge -- %f", "clone", "--quiet", whole.url, clone);
    expect(readFileSync(join(clone, "second.bin"), "utf8")).toBe("firstfirst");
    expect(await town.parked("lost")).toMatchObject({
      code: "lfs_incomplete",
      message: expect.stringMatching(/^lost\.bin is kept in LFS, and its content .* is neither .* nor on the server/),
    });
  },
);

test("what was removed from a main that was rewritten meanwhile does not come back", async () => {
  const [repository, watch] = [makeRepository(), temporary()];
  const kept = repository.head();
  repository.push("main", kept, { "secret.txt": "secret" }, "S");
  const script = `touch ${watch}/begun; until [ -e ${watch}/go ]; do sleep 0.2; done; echo work >work.txt`;
  const town = await townOf({ app: { repository, script } });
  await until(() => existsSync(join(watch, "begun")), PATIENCE_MS);
  repository.push("other", kept, { "instead.txt": "instead" }, "B");
  execFileSync("git", ["-C", repository.url, "update-ref", "refs/heads/main", "other"]);
  writeFileSync(join(watch, "go"), "");
  await town.closed("app");
  expect((await town.told("app")).notes).toMatchObject([
    {
      kind: "landing",
      text: expect.stringMatching(
        /^The work began at [0-9a-f]{12}, which main no longer has: .* and what was removed stays removed\.$/,
      ),
    },
  ]);
  expect(git(repository.url, "ls-tree", "--name-only", "main").split("\n")).toEqual([
    "README.md",
    "instead.txt",
    "work.txt",
  ]);
  expect(git(repository.url, "log", "--format=%s", "main").split("\n")).toEqual(["Work on app", "B", "start"]);
});
