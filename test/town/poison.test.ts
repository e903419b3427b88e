/** Rows that nobody can read any more: what they cost, and whom. */
import { expect, test } from "vitest";
import { alarm, anAgent, asked, aTown, beads, crash, openGate, tamper, timePasses } from "./town.ts";

test.each([
  ["its action is unknown, as after a deploy was taken back", `action = 'gone'`],
  ["its payload is not what the action takes", `payload = '{}'`],
  ["its payload is no JSON", `payload = '{'`],
])("an effect that can't be read holds up nobody else: %s", async (_name, change) => {
  const town = await aTown();
  await anAgent(town, "ada", "slow");
  await beads(town, { title: "one" });
  await expect.poll(async () => (await asked(town)).length).toBe(1);
  await crash(town);
  await openGate(town);
  await tamper(town, `UPDATE effects SET ${change}`);
  await anAgent(town, "bob", "accept");
  await beads(town, { title: "two" });
  await timePasses(town);
  await alarm(town);
  expect((await asked(town)).map(({ agent }) => agent)).toContain("bob");
});

test("health answers while the town's settings can't be read", async () => {
  const town = await aTown();
  await tamper(town, "UPDATE town SET settings = 'not json'");
  expect(await town.client().query("read-health", {})).toMatchObject({ ok: true });
});
