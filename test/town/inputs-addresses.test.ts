/** Each address that may be given for a rig is taken or refused as the table says, and the Worker itself opens none. */
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { repositories } from "../inputs/repositories.ts";
import { call, json } from "./http.ts";
import { aTown, ok, seen } from "./town.ts";

test("where a rig is: every address of the table, when it is added, and some when it is moved", async () => {
  const town = await aTown();
  const at = `/v1/towns/${town.name}/rigs`;
  const answered: [unknown, string][] = [];
  for (const [n, [address]] of repositories.entries()) {
    const added = await json(await call("POST", at, { id: `rig-${n}`, repoUrl: address, defaultBranch: "main" }));
    const isRefused = added.status === 422 && added.code === "invalid_input" && added.errors[0].path === "repoUrl";
    answered.push([address, isRefused ? "refused" : added.status === 201 ? "taken" : `${added.status} ${added.code}`]);
    if (n % 10 === 0) {
      const moved = await json(await call("PATCH", `${at}/lib`, { repoUrl: address, defaultBranch: "main" }));
      expect([address, moved.status]).toEqual([address, isRefused ? 422 : 200]);
    }
    // What was refused may hold a secret.
    if (isRefused) expect(JSON.stringify(added)).not.toMatch(/:word|token@|ghs@/);
  }
  expect(answered).toEqual(repositories.map(([address, outcome]) => [address, outcome]));
  const taken = repositories.flatMap(([, outcome], n) => (outcome === "taken" ? [`rig-${n}`] : []));
  const rigs = ok(await town.client().query("list-rigs", {})).items.map(({ id }) => id);
  expect(rigs.filter((id) => id !== "lib").sort()).toEqual(taken.sort());
}, 120_000);

test("an address is opened by a host alone: the Worker asks its host, and nobody else", async () => {
  const town = await aTown();
  const at = `/v1/towns/${town.name}/rigs`;
  const repoUrl = `${env.HOST_URL}/elsewhere?town=${town.name}`;
  expect(await json(await call("POST", at, { id: "app", repoUrl }))).toMatchObject({ status: 201 });
  await call("POST", `${at}/app/preflight`);
  expect((await seen(town)).filter(({ how }) => how === "elsewhere")).toEqual([]);
});
