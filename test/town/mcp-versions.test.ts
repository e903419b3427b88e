/** By tools nothing is written over either that somebody else has changed, and a cursor is of its own list. */
import { expect, test } from "vitest";
import { call } from "./http.ts";
import { bead, use } from "./mcp-scene.ts";
import { aTown } from "./town.ts";

test("a bead's texts are changed by who has read them as they are", async () => {
  const { name: town } = await aTown();
  await use("create_beads", { town, beads: [bead("One")] });
  const at = { town, bead: "lib-1" };
  expect(await use("update_bead", { ...at, body: "more" })).toMatchObject({ said: { code: "version_missing" } });
  const { version } = (await use("show_bead", at)).said;
  const changed = (await use("update_bead", { ...at, body: "more", version })).said;
  expect(changed).toMatchObject({ id: "lib-1", version: expect.any(String) });
  expect(changed.version).toBe((await use("show_bead", at)).said.version);
  expect(await use("update_bead", { ...at, title: "Two", version })).toMatchObject({
    said: { code: "version_passed" },
  });
  expect(await use("update_bead", { ...at, body: "other", version: "*" })).toMatchObject({ said: { id: "lib-1" } });
  expect(await use("update_bead", { ...at, version: '"' })).toMatchObject({ said: { code: "invalid_input" } });
});

test("a list is gone through by its cursor, which is of no other", async () => {
  const { name: town } = await aTown();
  await use("create_beads", { town, beads: [bead("One"), bead("Two")] });
  const { nextCursor: cursor } = (await use("list_beads", { town, limit: 1 })).said;
  expect((await use("list_beads", { town, limit: 1, cursor })).said.items).toMatchObject([{ title: "One" }]);
  expect(await use("list_convoys", { town, cursor })).toMatchObject({ said: { code: "other_list" } });
  const byHttp = await call("GET", `/v1/towns/${town}/beads?cursor=${cursor}`);
  expect(byHttp.status).toBe(200);
});
