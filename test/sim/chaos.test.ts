import { expect, test } from "vitest";
import { calmHours } from "../../sim/chaos/calm.ts";
import { cases } from "../../sim/chaos/cases/index.ts";
import { playCase } from "../../sim/chaos/run.ts";

/** A third of them; CI plays another third each day, CHAOS_SHARE=1/1 and `npm run chaos` play all. */
const [part = 1, parts = 3] = (process.env.CHAOS_SHARE ?? "1/3").split("/").map(Number);

test.each(cases.filter((_, index) => index % parts === part - 1))("$name", async (one) => {
  expect((await playCase(one)).wrong).toEqual([]);
});

test("a hundred calm town-hours raise no alarm", async () => {
  expect(await calmHours(100)).toMatchObject({ falseAlarms: 0, alarms: [] });
});
