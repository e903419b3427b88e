import { expect, test } from "vitest";
import { calmHours } from "../../sim/chaos/calm.ts";
import { cases } from "../../sim/chaos/cases/index.ts";
import { playCase } from "../../sim/chaos/run.ts";
import { shareOf } from "./share.ts";

// `npm run chaos` plays all of them.
test.each(shareOf(cases))("$name", async (one) => {
  expect((await playCase(one)).wrong).toEqual([]);
});

test("a hundred calm town-hours raise no alarm", async () => {
  expect(await calmHours(100)).toMatchObject({ falseAlarms: 0, alarms: [] });
});
