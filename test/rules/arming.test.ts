import { expect, test } from "vitest";
import type { Alarm } from "../../src/ports/ports.ts";
import { Arming } from "../../src/reconciler/arming.ts";
import { DEAD_MAN_MS, PUT_OFF_EVERY_MS } from "../../src/reconciler/limits.ts";

/** An alarm, and each time that it is written. */
function anAlarm(atMs: number | null = null) {
  const moves: (number | null)[] = [];
  const move = (to: number | null) => {
    moves.push(to);
    alarm.atMs = to;
  };
  const alarm = {
    atMs: atMs as number | null | undefined,
    set: (to: number) => void (alarm.atMs !== to && move(to)),
    clear: () => void (alarm.atMs !== null && move(null)),
    forget: () => {
      alarm.atMs = undefined;
    },
  };
  return { alarm: alarm as Alarm & { atMs: number | null | undefined }, moves };
}

test("an alarm moves to what is due sooner at once, and to what is due later or not at all once in a while", () => {
  const { alarm, moves } = anAlarm();
  const arming = new Arming(alarm);
  arming.arm(50_000, 0, false);
  arming.arm(60_000, 100, false);
  arming.arm(50_000, 200, false);
  expect(moves).toEqual([50_000, 60_000, 50_000]);
  arming.arm(60_000, 300, false);
  arming.arm(null, 400, false);
  arming.arm(50_000, 500, false);
  arming.arm(40_000, 600, false);
  expect(moves.slice(3)).toEqual([40_000]);
  arming.arm(null, 100 + PUT_OFF_EVERY_MS, false);
  expect(moves.slice(4)).toEqual([null]);
});

test("when it has gone off it is set to what is due, or taken down", () => {
  const { alarm, moves } = anAlarm();
  const arming = new Arming(alarm);
  arming.arm(10_000, 0, false);
  alarm.atMs = null; // it goes off
  arming.setDeadMan(10_000);
  arming.arm(90_000, 10_001, false);
  expect(moves).toEqual([10_000, 10_000 + DEAD_MAN_MS, 90_000]);
  alarm.atMs = null;
  arming.setDeadMan(90_000);
  arming.arm(null, 90_001, false);
  expect(alarm.atMs).toBeNull();
});

test("one that another incarnation has set, or that should have come, or that is not known, is set anew", () => {
  const found = anAlarm(5_000);
  new Arming(found.alarm).arm(20_000, 0, false);
  expect(found.moves).toEqual([20_000]);

  const late = anAlarm();
  const arming = new Arming(late.alarm);
  arming.arm(2_000, 0, false);
  arming.arm(3_000, 1, false);
  arming.arm(4_000, 2, false);
  expect(late.moves).toEqual([2_000, 3_000]);
  arming.arm(5_000, 3, true);
  expect(late.moves).toEqual([2_000, 3_000, 5_000]);
  arming.arm(6_000, 5_000, false); // the time at which it stood has come, and it has not
  expect(late.moves).toEqual([2_000, 3_000, 5_000, 6_000]);
  late.alarm.forget();
  arming.arm(9_000, 5_001, false);
  expect(late.moves.at(-1)).toBe(9_000);
});
