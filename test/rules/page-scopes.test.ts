import { expect, test } from "vitest";
import { scopeOf } from "../../page/src/scopes.ts";
import { commands } from "../../src/commands/index.ts";
import { type Operation, pathOf } from "../../src/lib/operation.ts";

test("the page knows which scope each request takes that changes something in a town", () => {
  const all = (commands as readonly Operation[]).filter(({ founds }) => !founds);
  const wrong = all
    .map((command) => ({ path: pathOf(command).replaceAll(/\{\w+\}/g, "x-1"), scope: command.scope }))
    .filter(({ path, scope }) => scopeOf({ path }) !== scope);
  expect(all.length).toBeGreaterThan(30);
  expect(wrong).toEqual([]);
});
