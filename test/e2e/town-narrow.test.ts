/** What a list shows where there is little room, and what an import is told to have done. */
import { expect, test } from "vitest";
import { importedLines } from "../../cli/town/imported-lines.ts";
import { columns, listed, type Shape } from "../../cli/town/output.ts";

const shape: Shape = {
  name: ({ id }) => String(id),
  columns: [
    ...columns("id", "status"),
    ...columns("priority", "rig", "agent").map((column) => ({ ...column, isSpare: true })),
    ...columns("waits", "title"),
  ],
};
const beads = [
  {
    id: "lib-1",
    status: "open",
    priority: 2,
    rig: "lib",
    agent: null,
    waits: "",
    title: "Keep a number between two bounds",
  },
];

test("where there is no room, empty columns go first, then those that can be spared; what it is about stays", () => {
  const heads = (width: number | null) => listed(beads, shape, "table", width).split("\n")[0];
  expect(heads(null)).toBe("ID     STATUS  PRIORITY  RIG  AGENT  WAITS  TITLE");
  expect(heads(90)).toBe("ID     STATUS  PRIORITY  RIG  AGENT  WAITS  TITLE");
  expect(heads(50)).toBe("ID     STATUS  PRIORITY  RIG  TITLE");
  expect(heads(40)).toBe("ID     STATUS  RIG  TITLE");
  expect(listed(beads, shape, "table", 40).split("\n")[1]).toBe("lib-1  open    lib  Keep a number betwe…");
  expect(heads(34)).toBe("ID     STATUS  TITLE");
});

test("an import says which beads it made, and what its other counts mean", () => {
  const told = {
    ...{ created: 2, ids: ["lib-1", "lib-2"], updated: 0, skipped: 1, records: 1, kept: { memory: 2 } },
    ...{ duplicates: [{ id: "bd-1", lines: [1, 3], taken: 3 }], left: [], unresolved: 1 },
  };
  expect(importedLines("lib", told)).toEqual([
    "lib: 2 created, 0 updated, 1 as they were",
    "created: lib-1, lib-2",
    "1 record among them: kept and exported, and never work",
    "kept beside the beads, and exported after them: 2 memory",
    "1 unresolved: dependencies on what is not there yet; they keep nothing waiting, and bind once it comes",
    "bd-1 stands in lines 1, 3: line 3, the newest, was taken",
  ]);
  const nothing = {
    created: 0,
    ids: [],
    updated: 0,
    skipped: 1,
    records: 0,
    kept: {},
    duplicates: [],
    left: [],
    unresolved: 0,
  };
  expect(importedLines("lib", nothing)).toEqual(["lib: 0 created, 0 updated, 1 as they were"]);
});
