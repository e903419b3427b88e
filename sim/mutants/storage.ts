import type { Mutant } from "./mutant.ts";

const LOOP = "src/reconciler/loop.ts";
const USUAL = "src/unreadable/usual.ts";

/** The town's own storage, and rows that can't be read. */
export const storage: readonly Mutant[] = [
  {
    name: "one-bad-row-stops-every-pass",
    why: "a row that nobody can read stops the whole town, and the error names no row",
    scenario: "a row that can't be read, in the way of every pass",
    edits: [
      {
        file: LOOP,
        find: "if (again && storageTroubleOf(error) === null && this.reader.lookThrough())",
        replace: "if (again && nowMs < 0 && this.reader.lookThrough())",
      },
    ],
  },
  {
    name: "agent-works-without-its-program",
    why: "an agent whose program is lost is started with none, and its beads come to nothing",
    scenario: "an agent whose program can't be read, and another who does all the work",
    edits: [
      {
        file: USUAL,
        find: 'anyOf("command", "program", "env", "rig_id")) return ["enabled = 0"];',
        replace: 'anyOf("rig_id")) return ["enabled = 0"];',
      },
    ],
  },
  {
    name: "unknown-word-frees-who-works",
    why: "an agent at work, whose status a downgrade does not know, is taken for free: its run is doubled",
    scenario: "words that this release does not know",
    edits: [
      { file: USUAL, find: "a.agent_id = agents.id AND a.${LIVE}), 'idle')`", replace: "a.fence < 0), 'idle')`" },
    ],
  },
  {
    name: "unknown-word-is-looked-for-by-nobody",
    why: "what a downgrade does not know is neither planned nor told of, for ever",
    scenario: "words that this release does not know",
    edits: [
      {
        file: "src/unreadable/checks.ts",
        find: "if (enumValues?.length)",
        replace: "if (enumValues?.length && enumValues.length > 99)",
      },
    ],
  },
  {
    name: "alarm-is-lost-with-a-full-disk",
    why: "after an hour without room on its disk nothing ever wakes the town again",
    scenario: "a disk that is full for a while",
    edits: [
      {
        file: LOOP,
        find: "      await sync();\n    } finally {",
        replace: "      await sync();\n    } catch {\n      // The next alarm will do.\n    } finally {",
      },
    ],
  },
  {
    name: "a-full-disk-fills-the-log",
    why: "each pass that finds its disk full says so: whoever reads the log finds nothing else for an hour",
    world: { troubled: true },
    edits: [{ file: "src/reconciler/complaints.ts", find: "else if (!this.#isMute)", replace: "else" }],
  },
  {
    name: "a-well-disk-is-full-for-ever",
    why: "the disk is well again, nobody says so, and of the next time that it is full nobody hears",
    world: { troubled: true },
    edits: [{ file: "src/reconciler/complaints.ts", find: "    this.#isMute = false;\n", replace: "" }],
  },
  {
    name: "no-room-is-the-beads-trouble",
    why: "a host that has no room for a while counts as one that will not have this bead",
    scenario: "a host without room",
    edits: [{ file: "src/attempts/room.ts", find: '  low_disk: "its disk is nearly full",\n', replace: "" }],
  },
];
