/** What the messages tell people to mend, mended over HTTP, in a real town with a real host. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { git, makeRepository } from "../host/support.ts";
import { temporary, until } from "./support.ts";
import { boot, PATIENCE_MS } from "./town.ts";

const beadOf = async ({ services: { api } }: Awaited<ReturnType<typeof boot>>) => (await api.beads("town"))[0];

test("a wrong address and a wrong command are mended where they stand, and the bead lands", async () => {
  const place = await boot();
  const { api } = place.services;
  const { url } = makeRepository();
  await api.createTown({ name: "town", settings: { backoffBaseMs: 100, backoffCapMs: 500 } });
  await api.addRig("town", { id: "app", repoUrl: join(temporary(), "nowhere.git"), gate: ["false"] });
  await api.addAgent("town", { id: "ada", rig: "app", command: ["./agent.sh"] });
  await api.createBeads("town", [{ rig: "app", title: "one" }]);
  await until(async () => (await beadOf(place))?.lastFailure?.code === "clone_failed", PATIENCE_MS);
  await api.of("town").patch("/rigs/{rig}", { rig: "app" }, { repoUrl: url, gate: ["true"] });
  await until(async () => (await beadOf(place))?.lastFailure?.code === "command_missing", PATIENCE_MS);
  await api
    .of("town")
    .patch(
      "/agents/{agent}",
      { agent: "ada" },
      { command: ["sh", "-c", 'echo "$WORD" >word.txt'], env: { WORD: "hello" } },
    );
  await until(async () => (await beadOf(place))?.status === "closed", PATIENCE_MS);
  expect(git(url, "show", "main:word.txt")).toBe("hello");
});

test.runIf(process.platform === "linux")("a prompt that fits in no argument parks its bead, and says why", async () => {
  const place = await boot();
  const { api } = place.services;
  const script = join(temporary(), "ok.sh");
  writeFileSync(script, "#!/bin/sh\necho ok >ok.txt\n", { mode: 0o755 });
  await api.createTown({ name: "town", settings: { backoffBaseMs: 100, backoffCapMs: 500, agentFailureBudget: 2 } });
  await api.addRig("town", { id: "app", repoUrl: makeRepository().url });
  await api.addAgent("town", { id: "ada", rig: "app", command: [script, "{prompt}"] });
  await api.createBeads("town", [{ rig: "app", title: "one", body: "€".repeat(60_000) }]);
  await until(async () => (await beadOf(place))?.status === "failed", PATIENCE_MS);
  expect((await beadOf(place))?.lastFailure).toMatchObject({
    code: "prompt_too_long",
    message: expect.stringContaining("{prompt_file}"),
  });
  await api.of("town").patch("/agents/{agent}", { agent: "ada" }, { command: [script, "{prompt_file}"] });
  await api.of("town").post("/beads/{bead}/retry", { bead: "app-1" });
  await until(async () => (await beadOf(place))?.status === "closed", PATIENCE_MS);
});
